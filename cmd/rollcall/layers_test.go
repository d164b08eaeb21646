package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// arrows says for every folder of Go code which of our folders it may import. It is the
// shortest description of the architecture there is: a new folder must find its place here.
var arrows = map[string][]string{
	"prompts":          {},
	"plaintext":        {},
	"store/civil":      {},
	"store/migrations": {},
	"store/chatlog":    {},
	"store/batch":      {},
	"store/inbox":      {"store/batch"},
	"store":            {"store/migrations", "store/civil", "store/batch"},
	"store/queue":      {"store/chatlog", "store/inbox", "store/batch"},
	"store/storetest":  {"store", "store/civil"},
	"store/transfer":   {"store", "store/civil", "store/chatlog", "store/migrations"},
	"store/sample":     {"store", "store/civil", "store/chatlog", "store/transfer"},
	"tools/period":     {"store/civil"},
	"tools/resolve":    {},
	"proposal":         {"store", "store/civil", "store/chatlog", "plaintext"},
	"tools":            {"store", "store/civil", "store/chatlog", "proposal", "tools/period", "tools/resolve"},
	"bot":              {"tools", "prompts", "plaintext", "store/chatlog", "store/inbox"},
	"bot/llm":          {"bot", "tools"},
	"bot/llm/serve":    {"bot", "tools", "prompts"},
	"bot/slackio":      {"bot", "tools", "proposal", "plaintext", "store/chatlog", "store/inbox"},
	// Of the tests: a workspace, and a page to try it by hand.
	"bot/slackio/fakeslack":      {},
	"bot/slackio/fakeslack/page": {"bot/slackio/fakeslack"},
	"bot/offline":                {"bot", "tools", "tools/period", "tools/resolve"},
	"evals":                      {"bot", "prompts", "proposal", "tools", "tools/period", "store", "store/chatlog", "store/civil", "store/sample"},
	"admin/signin":               {"store", "plaintext"},
	"admin":                      {"admin/signin", "store", "store/civil", "store/chatlog", "store/transfer", "tools", "plaintext"},
	"cmd/rollcall/telemetry":     {"bot", "tools", "store/inbox"},
	"cmd/rollcall":               nil, // wires everything
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "rollcall/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestImportsFollowTheArrows(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range listPackages(t) {
		folder := strings.TrimPrefix(p.ImportPath, "rollcall/")
		seen[folder] = true
		allowed, placed := arrows[folder]
		if !placed {
			t.Errorf("the folder %s has no place: add it to arrows with what it may import", folder)
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, "rollcall/")
			if ours && folder != "cmd/rollcall" && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s against the arrows", folder, to)
			}
		}
	}
	for folder := range arrows {
		if !seen[folder] {
			t.Errorf("arrows names the folder %s, which does not exist", folder)
		}
	}
}

// carriers are the folders that carry people's clicks. Nothing else may know the clerk, who
// commits: no tool, no prompt and no model's words reach a change.
var carriers = []string{"proposal/", "cmd/rollcall/", "bot/slackio/", "evals/", "admin/"}

// commits are calls that change the company, or make what does.
var commits = regexp.MustCompile(`proposal\.(New)?Clerk|\.(Create|Update|Delete)(Person|PersonSkill|PersonCertification|TimeOff|Booking|Project|ClientProject|Client|Role|Skill|Certification|Account|Session|Audit|Handshake)\(|\.(ApplyEdit|Transact|InTx|PutDetails|PatchDetails)\(`)

func TestNoToolPromptOrModelReachesACommit(t *testing.T) {
	t.Parallel()
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		folder := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(folder, "store/") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		call := commits.Find(text)
		switch carries := slices.ContainsFunc(carriers, func(c string) bool { return strings.HasPrefix(folder, c) }); {
		case call != nil && !carries:
			t.Errorf("%s has %s", folder, call)
		case call != nil:
			found++
		}
		return nil
	})
	if err != nil || found < 3 {
		t.Errorf("looked at too little: %d files that commit, %v", found, err)
	}
}
