package resolve_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"rollcall/tools/resolve"
)

func entry(kind resolve.Kind, name string, aliases ...string) resolve.Entry {
	return resolve.Entry{Kind: kind, ID: string(kind) + ":" + name, Name: name, Aliases: aliases}
}

func company() *resolve.Index {
	var all []resolve.Entry
	add := func(kind resolve.Kind, names ...string) {
		for _, n := range names {
			parts := strings.Split(n, "|")
			all = append(all, entry(kind, parts[0], parts[1:]...))
		}
	}
	add(resolve.Person, "Priya Natarajan|priya@example.com|U012AB", "Sam Okafor|sam.okafor@example.com", "Sam Tremblay|sam.tremblay@example.com", "Dmitri Volkov", "Zoë Müller",
		"Will Archer", "Mei May", "Mark Rossi", "Siobhán O'Brien", "Ana de la Cruz", "Jonas Weber", "Jonas Wagner", "Grace Adeyemi", "Berlin Ortega")
	add(resolve.Skill, "Go|golang", "Kubernetes|k8s|kube", "PostgreSQL|postgres|pg", "C", "C++|cpp", "C#|csharp", ".NET|dotnet", "R", "React|react.js|reactjs", "React Native", "Node.js", "German", "Data Modelling", "UX Research")
	add(resolve.Project, "Apollo", "Apollo Mobile", "Orion Migration", "Go Live", "Atlas", "Data Platform")
	add(resolve.Client, "Northwind", "Atlas Insurance")
	add(resolve.Role, "Designer", "Backend Developer", "QA Engineer", "Project Manager")
	add(resolve.Certification, "CKA", "AWS Solutions Architect – Associate")
	add(resolve.Location, "Berlin", "Lisbon")
	return resolve.New(all)
}

func TestResolve(t *testing.T) {
	t.Parallel()
	ix := company()
	for _, c := range []struct {
		kind       resolve.Kind
		text, want string // a name; or names joined by " | " when ambiguous; or "" for not found
	}{
		{resolve.Person, "Priya Natarajan", "Priya Natarajan"},
		{resolve.Person, "priya natarajan", "Priya Natarajan"},
		{resolve.Person, "Priya", "Priya Natarajan"},
		{resolve.Person, "Natarajan", "Priya Natarajan"},
		{resolve.Person, "Natarajan, Priya", "Priya Natarajan"},
		{resolve.Person, "P. Natarajan", "Priya Natarajan"},
		{resolve.Person, "Priya N.", "Priya Natarajan"},
		{resolve.Person, "@priya", "Priya Natarajan"},
		{resolve.Person, "Priya's", "Priya Natarajan"},
		{resolve.Person, "pryia", "Priya Natarajan"},
		{resolve.Person, "pria natarajn", "Priya Natarajan"},
		{resolve.Person, "priya@example.com", "Priya Natarajan"},
		{resolve.Person, "<@U012AB>", "Priya Natarajan"},
		{resolve.Person, "<@U012AB|priya>", "Priya Natarajan"},
		{resolve.Person, "<@U999>", ""},
		{resolve.Person, "Sam", "Sam Okafor | Sam Tremblay"},
		{resolve.Person, "sam okafor", "Sam Okafor"},
		{resolve.Person, "sam okafr", "Sam Okafor"},
		{resolve.Person, "Jonas W", "Jonas Wagner | Jonas Weber"},
		{resolve.Person, "dimitri", "Dmitri Volkov"},
		{resolve.Person, "Zoe Muller", "Zoë Müller"},
		{resolve.Person, "Zoe Mueller", "Zoë Müller"},
		{resolve.Person, "ZOË MÜLLER", "Zoë Müller"},
		{resolve.Person, "obrien", "Siobhán O'Brien"},
		{resolve.Person, "O’Brien", "Siobhán O'Brien"},
		{resolve.Person, "siobhan", "Siobhán O'Brien"},
		{resolve.Person, "Ana de la Cruz", "Ana de la Cruz"},
		{resolve.Person, "de la cruz", "Ana de la Cruz"},
		{resolve.Person, "Ana Cruz", "Ana de la Cruz"},
		{resolve.Person, "will", "Will Archer"},
		{resolve.Person, "May", "Mei May"},
		{resolve.Person, "Bob", ""},
		{resolve.Person, "Xu", ""},
		{resolve.Skill, "go", "Go"},
		{resolve.Skill, "Golang", "Go"},
		{resolve.Skill, "K8S", "Kubernetes"},
		{resolve.Skill, "kubernets", "Kubernetes"},
		{resolve.Skill, "kuberentes", "Kubernetes"},
		{resolve.Skill, "postgress", "PostgreSQL"},
		{resolve.Skill, "Postgre SQL", "PostgreSQL"},
		{resolve.Skill, "c", "C"},
		{resolve.Skill, "C++", "C++"},
		{resolve.Skill, "c#", "C#"},
		{resolve.Skill, ".net", ".NET"},
		{resolve.Skill, "dot net", ".NET"},
		{resolve.Skill, "r", "R"},
		{resolve.Skill, "react", "React"},
		{resolve.Skill, "React.js", "React"},
		{resolve.Skill, "react native", "React Native"},
		{resolve.Skill, "reactnative", "React Native"},
		{resolve.Skill, "node.js", "Node.js"},
		{resolve.Skill, "Fortran", ""},
		{resolve.Skill, "ga", ""},
		{resolve.Project, "Apollo", "Apollo"},
		{resolve.Project, "apollo mobile", "Apollo Mobile"},
		{resolve.Project, "appolo", "Apollo"},
		{resolve.Project, "Aplolo Moblie", "Apollo Mobile"},
		{resolve.Project, "orion", "Orion Migration"},
		{resolve.Project, "project Atlas", "Atlas"},
		{resolve.Project, "the Apollo project", "Apollo"},
		{resolve.Project, "go-live", "Go Live"},
		{resolve.Project, "golive", "Go Live"},
		{resolve.Project, "Zeus", ""},
		{resolve.Client, "atlas", "Atlas Insurance"},
		{resolve.Client, "north wind", "Northwind"},
		{resolve.Role, "designers", "Designer"},
		{resolve.Role, "backend developers", "Backend Developer"},
		{resolve.Role, "backend", "Backend Developer"},
		{resolve.Role, "qa engineers", "QA Engineer"},
		{resolve.Role, "Designerin", "Designer"},
		{resolve.Role, "desinger", "Designer"},
		{resolve.Certification, "cka", "CKA"},
		{resolve.Certification, "the CKA certificate", "CKA"},
		{resolve.Certification, "aws solutions architect", "AWS Solutions Architect – Associate"},
		{resolve.Certification, "AWS Solutions Architect - Associate", "AWS Solutions Architect – Associate"},
		{resolve.Location, "berlin", "Berlin"},
		{resolve.Location, "Lisboa", "Lisbon"},
		{resolve.Location, "Porto", ""},
		{resolve.Location, "", ""},
		{resolve.Person, strings.Repeat("priya ", 50), ""},
	} {
		r := ix.Resolve(c.kind, c.text)
		got := ""
		switch r.Outcome {
		case resolve.Resolved:
			got = r.Entry.Name
		case resolve.Ambiguous:
			names := make([]string, 0, len(r.Candidates))
			for _, e := range r.Candidates {
				names = append(names, e.Name)
			}
			got = strings.Join(names, " | ")
		case resolve.NotFound:
		}
		if got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.kind, c.text, got, c.want)
		}
	}
}

func TestNotFoundSuggestsTheNearestNames(t *testing.T) {
	t.Parallel()
	ix := company()
	for text, want := range map[string]string{"Apollo Desktop": "Apollo", "Orion Rebuild": "Orion Migration"} {
		r := ix.Resolve(resolve.Project, text)
		names := []string{r.Entry.Name}
		for _, e := range r.Candidates {
			names = append(names, e.Name)
		}
		if !strings.Contains(strings.Join(names, " "), want) {
			t.Errorf("%s: got %v, want %s among them", text, names, want)
		}
	}
}

func TestManyNamesakesAreCountedAndFiveShown(t *testing.T) {
	t.Parallel()
	var all []resolve.Entry
	for i := range 9 {
		all = append(all, entry(resolve.Person, fmt.Sprintf("Sam Surname%c", 'a'+i)))
	}
	r := resolve.New(all).Resolve(resolve.Person, "Sam")
	if r.Outcome != resolve.Ambiguous || len(r.Candidates) != 5 || r.Total != 9 {
		t.Errorf("got %s, %d of %d", r.Outcome, len(r.Candidates), r.Total)
	}
}

// spot writes what Find found as "surface=kind:name" joined by "; ".
func spot(ix *resolve.Index, text string) string {
	var found []string
	for _, s := range ix.Find(text) {
		var names []string
		for _, e := range s.Candidates {
			names = append(names, e.ID)
		}
		found = append(found, text[s.Start:s.End]+"="+strings.Join(names, ","))
	}
	return strings.Join(found, "; ")
}

func TestFindSpotsNamesAndLeavesOrdinaryWordsAlone(t *testing.T) {
	t.Parallel()
	ix := company()
	for _, c := range []struct{ text, want string }{
		{"who knows Go and is free next month?", "Go=skill:Go"},
		{"who knows go and kubernetes?", "go=skill:Go; kubernetes=skill:Kubernetes"},
		{"Who can go to Berlin next week?", "Berlin=location:Berlin"},
		{"who is on Go Live", "Go Live=project:Go Live"},
		{"when do we go live", "go live=project:Go Live"},
		{"go developers in berlin", "go=skill:Go; berlin=location:Berlin"},
		{"Go", "Go=skill:Go"},
		{"is Priya free on Friday", "Priya=person:Priya Natarajan"},
		{"what is Priya's load", "Priya's=person:Priya Natarajan"},
		{"is pryia free", "pryia=person:Priya Natarajan"},
		{"is Sam free", "Sam=person:Sam Okafor,person:Sam Tremblay"},
		{"Will Will be free on Monday?", "Will=person:Will Archer"},
		{"will anyone be free in may", ""},
		{"is will free?", "will=person:Will Archer"},
		{"Is May available in May?", "May=person:Mei May"},
		{"who is free in May", ""},
		{"Mark Mark as sick", "Mark=person:Mark Rossi"},
		{"mark the date", ""},
		{"who is on Apollo Mobile and who on Apollo?", "Apollo Mobile=project:Apollo Mobile; Apollo=project:Apollo"},
		{"whos on appolo", "appolo=project:Apollo"},
		{"designers in Lisbon", "designers=role:Designer; Lisbon=location:Lisbon"},
		{"who knows C++ or C#?", "C++=skill:C++; C#=skill:C#"},
		{"who knows C?", "C=skill:C"},
		{"plan c for us", ""},
		{"<@U012AB> free?", "<@U012AB>=person:Priya Natarajan"},
		{"<@U012AB|priya> free?", "<@U012AB|priya>=person:Priya Natarajan"},
		{"react native people", "react native=skill:React Native"},
		{"React, Native speakers", "React=skill:React"},
		{"orion team", "orion=project:Orion Migration"},
		{"data for next week", ""},
		{"who speaks German", "German=skill:German"},
		{"who has the CKA", "CKA=certification:CKA"},
		{"kuberntes folks", "kuberntes=skill:Kubernetes"},
		{"who is free", ""},
		{"", ""},
	} {
		if got := spot(ix, c.text); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestEverythingResolvesByItsExactName(t *testing.T) {
	t.Parallel()
	ix := company()
	for _, kind := range []resolve.Kind{resolve.Person, resolve.Skill, resolve.Project, resolve.Client, resolve.Role, resolve.Certification, resolve.Location} {
		for _, e := range ix.All(kind) {
			r := ix.Resolve(kind, e.Name)
			if diff := cmp.Diff(e, r.Entry); r.Outcome != resolve.Resolved || diff != "" {
				t.Errorf("%s %s: %s\n%s", kind, e.Name, r.Outcome, diff)
			}
		}
	}
}

// large makes 10,000 people and 1,000 skills with names of pronounceable syllables.
func large() *resolve.Index {
	r := rand.New(rand.NewPCG(3, 4))
	syllables := strings.Fields("ka lo mi ra ne tu shi vo dar len mar tis per gol fen bri yas nor qui hal zem pol dri kas vel ton mir sal run bek")
	name := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(syllables[r.IntN(len(syllables))])
		}
		return strings.ToUpper(b.String()[:1]) + b.String()[1:]
	}
	var all []resolve.Entry
	for i := range 10000 {
		n := name(2+r.IntN(2)) + " " + name(2+r.IntN(3))
		all = append(all, resolve.Entry{Kind: resolve.Person, ID: fmt.Sprintf("p%d", i), Name: n, Aliases: []string{fmt.Sprintf("p%d@example.com", i)}})
	}
	for i := range 1000 {
		all = append(all, resolve.Entry{Kind: resolve.Skill, ID: fmt.Sprintf("s%d", i), Name: name(3 + r.IntN(2)), Aliases: []string{fmt.Sprintf("sk%d", i)}})
	}
	return resolve.New(all)
}

func TestATypoNeverNamesAnythingFurtherThanTheRightName(t *testing.T) {
	t.Parallel()
	ix := large()
	r := rand.New(rand.NewPCG(5, 6))
	skills := ix.All(resolve.Skill)
	for range 500 {
		e := skills[r.IntN(len(skills))]
		if ix.Resolve(resolve.Skill, e.Name).Outcome != resolve.Resolved || len(e.Name) < 8 {
			continue // a namesake
		}
		at := 1 + r.IntN(len(e.Name)-2)
		typo := e.Name[:at] + e.Name[at+1:at+2] + e.Name[at:at+1] + e.Name[at+2:]
		res := ix.Resolve(resolve.Skill, typo)
		known := res.Entry.ID == e.ID || !res.Fuzzy
		for _, c := range res.Candidates {
			known = known || c.ID == e.ID
		}
		if !known {
			t.Errorf("%s, meant %s: got %s %s %v", typo, e.Name, res.Outcome, res.Entry.Name, res.Candidates)
		}
	}
}

func FuzzFindKeepsToTheText(f *testing.F) {
	ix := company()
	for _, s := range []string{"who knows Go?", "<@U012AB|x", "O’Brien's C++ .NET", "\xff\xfe", "Zoë Mu\u0308ller", "ﬁ ǅ İ ß"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, s := range ix.Find(text) {
			if s.Start < last || s.End <= s.Start || s.End > len(text) || len(s.Candidates) == 0 {
				t.Fatalf("span %d–%d after %d of %q", s.Start, s.End, last, text)
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[s.Start:s.End]) {
				t.Fatalf("span %d–%d cuts a letter of %q", s.Start, s.End, text)
			}
			last = s.End
		}
		for _, kind := range []resolve.Kind{resolve.Person, resolve.Skill, resolve.Role} {
			if r := ix.Resolve(kind, text); r.Outcome == resolve.Ambiguous && (len(r.Candidates) < 2 || len(r.Candidates) > 5) {
				t.Fatalf("%q: ambiguous with %d candidates", text, len(r.Candidates))
			}
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	ix := large()
	people := ix.All(resolve.Person)
	exact := people[4711].Name
	for name, text := range map[string]string{"exact": exact, "misspelt": exact[:2] + exact[3:], "unknown": "Wolfgang Xanthopoulos"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ix.Resolve(resolve.Person, text)
			}
		})
	}
	b.Run("find in a question", func(b *testing.B) {
		text := "who of the people with " + ix.All(resolve.Skill)[77].Name + " could help " + exact + " out for two weeks in January or so?"
		for b.Loop() {
			ix.Find(text)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		large()
	}
}
