package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rollcall/bot/slackio/fakeslack"
	"rollcall/store"
)

// only returns the bot's messages that the user alone sees in the channel.
func (w *workplace) only(user, channel string) (all []fakeslack.Message) {
	for _, m := range w.slack.Messages(channel) {
		if m.User == fakeslack.BotUser && m.OnlyFor == user {
			all = append(all, m)
		}
	}
	return all
}

func TestAnAnswerInAChannelShowsWhatStaffMaySeeAndTheRestToTheAskerAlone(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.start()
		root := w.slack.Say(grace, "C0GENERAL", "", fakeslack.Mention+"who is away next week?")
		public := w.answers("C0GENERAL", root, 1)
		if words := public[0].Words(); strings.Contains(words, "vacation") || strings.Contains(words, "parental") || !strings.Contains(words, "sent it to you alone") {
			t.Errorf("in the channel:\n%s", words)
		}
		dm := w.slack.DM(grace)
		eventually(t, "the private answer", func() bool { return len(w.slack.Messages(dm)) == 1 })
		if words := w.slack.Messages(dm)[0].Words(); !strings.Contains(words, "vacation") || !strings.Contains(words, "For you alone") {
			t.Errorf("in private:\n%s", words)
		}
		root = w.slack.Say(sam, "C0GENERAL", "", fakeslack.Mention+"who is away next week?")
		if words := w.answers("C0GENERAL", root, 1)[0].Words(); strings.Contains(words, "vacation") || strings.Contains(words, "alone") {
			t.Errorf("to one of the staff:\n%s", words)
		}
		root = w.slack.Say(grace, dm, "", "who is away next week?")
		if words := w.answers(dm, root, 1)[0].Words(); !strings.Contains(words, "vacation") {
			t.Errorf("to a manager alone:\n%s", words)
		}
	})
}

func TestNobodyButTheCompanysOwnPeopleGetsAnAnswer(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.env = []string{"SLACK_LINK_DOMAINS=lumen.example"}
		users := map[string]struct {
			fakeslack.User
			says string
		}{
			"linked by address":      {fakeslack.User{ID: "U0NEW1", Email: "ana.ferreira@lumen.example"}, goAnswer},
			"a guest":                {fakeslack.User{ID: "U0NEW2", Email: "dmitri.volkov@lumen.example", Guest: true}, "guests"},
			"a single-channel guest": {fakeslack.User{ID: "U0NEW3", Email: "dmitri.volkov@lumen.example", OneGuest: true}, "guests"},
			"a stranger":             {fakeslack.User{ID: "U0NEW4", Email: "dmitri.volkov@lumen.example", Alien: true}, "only answer people of this company"},
			"an unconfirmed address": {fakeslack.User{ID: "U0NEW5", Email: "dmitri.volkov@lumen.example", Unconfirmed: true}, "do not know yet who you are"},
			"another domain":         {fakeslack.User{ID: "U0NEW6", Email: "dmitri.volkov@elsewhere.example"}, "do not know yet who you are"},
			"an unknown address":     {fakeslack.User{ID: "U0NEW7", Email: "nobody@lumen.example"}, "do not know yet who you are"},
			"somebody linked":        {fakeslack.User{ID: "U0NEW8", Email: "sam.okafor@lumen.example"}, "do not know yet who you are"},
			"another company's":      {fakeslack.User{ID: "U0NEW9", Email: "stefan.krause@lumen.example", Team: "T0OTHER"}, "only answer people of this company"},
		}
		unlink(t, w, "ana.ferreira@lumen.example")
		unlink(t, w, "dmitri.volkov@lumen.example")
		unlink(t, w, "stefan.krause@lumen.example")
		w.start()
		for name, u := range users {
			w.slack.AddUser(u.User)
			dm := w.slack.DM(u.ID)
			root := w.slack.Say(u.ID, dm, "", goQuestion)
			words := w.answers(dm, root, 1)[0].Words()
			if !strings.Contains(words, u.says) || u.says != goAnswer && strings.Contains(words, "Ana Ferreira") {
				t.Errorf("%s reads:\n%s", name, words)
			}
			channel := "C0" + u.ID
			w.slack.Say(u.ID, channel, "", fakeslack.Mention+goQuestion)
			eventually(t, "an answer to "+name, func() bool {
				return len(w.slack.Replies(channel, w.slack.Messages(channel)[0].TS)) > 0 || len(w.only(u.ID, channel)) > 0
			})
			if u.says != goAnswer && len(w.only(u.ID, channel)) != 1 {
				t.Errorf("%s is refused before everybody", name)
			}
		}
	})
}

// unlink makes somebody of the sample company unknown to Slack.
func unlink(t *testing.T, w *workplace, email string) {
	t.Helper()
	p := personByEmail(t, w, email)
	accounts, err := w.store.FindAccounts(context.Background(), "slack", p.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range accounts {
		if err := w.store.DeleteAccount(context.Background(), a.ID); err != nil {
			t.Fatal(err)
		}
	}
}

func personByEmail(t *testing.T, w *workplace, email string) store.Person {
	t.Helper()
	p, err := w.store.GetPersonByEmail(context.Background(), email)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestASharedChannelGetsNoAnswer(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.slack.AddChannel(fakeslack.Channel{ID: "C0SHARED", Shared: true})
		w.start()
		root := w.slack.Say(grace, "C0SHARED", "", fakeslack.Mention+goQuestion)
		eventually(t, "the refusal", func() bool { return len(w.only(grace, "C0SHARED")) == 1 })
		w.settled()
		if all := w.slack.Replies("C0SHARED", root); len(all) != 0 || strings.Contains(w.only(grace, "C0SHARED")[0].Words(), "Ana") {
			t.Errorf("everybody reads: %+v", all)
		}
	})
}

func TestSomebodyWhoLeavesHasNoAccessFromThenOn(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.start()
		dm := w.slack.DM(sam)
		root := w.slack.Say(sam, dm, "", goQuestion)
		if words := w.answers(dm, root, 1)[0].Words(); !strings.Contains(words, goAnswer) {
			t.Fatalf("before:\n%s", words)
		}
		p := personByEmail(t, w, "sam.okafor@lumen.example")
		p.Active = false
		if err := w.store.UpdatePerson(context.Background(), &p); err != nil {
			t.Fatal(err)
		}
		root = w.slack.Say(sam, dm, "", goQuestion)
		if words := w.answers(dm, root, 1)[0].Words(); !strings.Contains(words, "not active") {
			t.Errorf("after leaving the company:\n%s", words)
		}
		p.Active = true
		if err := w.store.UpdatePerson(context.Background(), &p); err != nil {
			t.Fatal(err)
		}
		w.slack.Tell(map[string]any{"type": "user_change", "user": map[string]any{"id": sam, "deleted": true, "profile": map[string]any{"email": "sam.okafor@lumen.example"}}})
		eventually(t, "the end of the link", func() bool {
			accounts, err := w.store.FindAccounts(context.Background(), "slack", p.ID)
			return err == nil && len(accounts) == 0
		})
	})
}

func TestConnectingTakesOneLinkOneBrowserAndOnesOwnSlackUser(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		unlink(t, w, "ana.ferreira@lumen.example")
		w.slack.AddUser(fakeslack.User{ID: "U0ANA", Name: "Ana", Email: "Ana.Ferreira@lumen.example"})
		w.slack.AddUser(fakeslack.User{ID: "U0EVE", Name: "Eve", Email: "eve@elsewhere.example"})
		front := newFront(t)
		w.env = []string{"ROLLCALL_URL=" + front.url, "SLACK_CLIENT_ID=" + fakeslack.ClientID, "SLACK_CLIENT_SECRET=" + fakeslack.ClientSecret}
		front.to(w.start().url)
		link := func(user string) string {
			var said struct {
				Blocks []struct {
					Elements []struct{ URL string } `json:"elements"`
				} `json:"blocks"`
			}
			if err := json.Unmarshal([]byte(w.slack.Command(user, "C0GENERAL", "link")), &said); err != nil || len(said.Blocks) != 2 {
				t.Fatalf("the command says %+v: %v", said, err)
			}
			return said.Blocks[1].Elements[0].URL
		}
		forAna := link("U0ANA")
		if _, page := visit(t, nil, forAna); !strings.Contains(page, "Sign in with Slack") {
			t.Fatalf("the page says %s", page)
		}
		// Somebody else who has the link signs in as themselves: nothing is linked, and the link is used up.
		if words := w.connect(t, nil, forAna, "U0EVE"); !strings.Contains(words, "somebody else") {
			t.Errorf("with another's link: %s", words)
		}
		if status, words := visit(t, nil, forAna); status != http.StatusGone {
			t.Errorf("a used link: %d %s", status, words)
		}
		// Another browser ends what one has begun.
		if words := w.connect(t, &http.Client{}, link("U0ANA"), "U0ANA"); !strings.Contains(words, "browser in which you began") {
			t.Errorf("in another browser: %s", words)
		}
		if words := w.connect(t, nil, link("U0EVE"), "U0EVE"); !strings.Contains(words, "Nobody in the company") {
			t.Errorf("a stranger: %s", words)
		}
		if words := w.connect(t, nil, link("U0ANA"), "U0ANA"); !strings.Contains(words, "You are connected, Ana Ferreira") {
			t.Errorf("Ana: %s", words)
		}
		dm := w.slack.DM("U0ANA")
		root := w.slack.Say("U0ANA", dm, "", goQuestion)
		if words := w.answers(dm, root, 1)[0].Words(); !strings.Contains(words, goAnswer) {
			t.Errorf("once connected:\n%s", words)
		}
		if said := w.slack.Command("U0ANA", "C0GENERAL", "unlink"); !strings.Contains(said, "no longer know") {
			t.Errorf("unlink: %s", said)
		}
		if said := w.slack.Command("U0ANA", "C0GENERAL", "status"); !strings.Contains(said, "do not know who you are") {
			t.Errorf("status: %s", said)
		}
	})
}

var codeField = regexp.MustCompile(`name="code" value="([0-9a-f]+)"`)

// connect presses the page's button and signs in, by another browser at the end when one is given.
func (w *workplace) connect(t *testing.T, last *http.Client, link, user string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	_, page := visit(t, browser, link)
	code := codeField.FindStringSubmatch(page)
	if code == nil {
		t.Fatalf("no button on %s", page)
	}
	resp, err := browser.PostForm(strings.Split(link, "?")[0], url.Values{"code": {code[1]}}) //nolint:noctx // the test's own process
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || to.Query().Get("state") == "" {
		t.Fatalf("sent to %q", resp.Header.Get("Location"))
	}
	if last == nil {
		last = browser
	}
	_, page = visit(t, last, to.Query().Get("redirect_uri")+"?"+url.Values{"code": {w.slack.SignIn(user, to.Query().Get("nonce"))}, "state": {to.Query().Get("state")}}.Encode())
	return page
}

func visit(t *testing.T, browser *http.Client, address string) (int, string) {
	t.Helper()
	if browser == nil {
		browser = &http.Client{}
	}
	resp, err := browser.Get(address) //nolint:noctx // the test's own process
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if _, err := copyTo(&b, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, b.String()
}

func TestHomeTellsPeopleWhoTheyAreAndWhatIsKept(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.env = []string{"ROLLCALL_KEEP_DAYS=90"}
		w.start()
		dm := w.slack.DM(sam)
		root := w.slack.Say(sam, dm, "", goQuestion)
		w.answers(dm, root, 1)
		w.slack.OpenTab(sam, "home")
		eventually(t, "the page", func() bool { return w.slack.Home(sam) != nil })
		page := wordsOf(t, w.slack.Home(sam))
		for _, want := range []string{"Sam Okafor", "rights of staff", "Skills", "Who knows Go and is free next month?", "Your last questions", "answered", "forgotten after 90 days", "Forget who I am"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q:\n%s", want, page)
			}
		}
		before := w.slack.Calls("views.publish")
		w.slack.OpenTab(sam, "home")
		w.slack.OpenTab(sam, "messages")
		eventually(t, "the suggestions", func() bool { return w.slack.Prompts(dm) != nil })
		if after := w.slack.Calls("views.publish"); after != before {
			t.Errorf("the same page was sent %d times more", after-before)
		}
		w.slack.Click(sam, "", "", "example0", goQuestion)
		eventually(t, "the answer to an example", func() bool {
			return strings.Contains(lastWords(w, dm), "You asked: Who knows Go") || strings.Contains(lastWords(w, dm), "You asked: who knows Go")
		})
		w.slack.Click(sam, "", "", "unlink", "")
		eventually(t, "the page for nobody", func() bool { return strings.Contains(wordsOf(t, w.slack.Home(sam)), "do not know yet who you are") })
	})
}

func lastWords(w *workplace, channel string) string {
	all := w.slack.Messages(channel)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1].Words()
}

func wordsOf(t *testing.T, page any) string {
	t.Helper()
	text, err := json.MarshalIndent(page, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheCommandAnswersInDirectMessagesWhereFollowUpsAreUnderstood(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.start()
		for text, want := range map[string]string{"": "Ask me", "help": "Ask me", "nonsense": "Ask me", "ask": "Ask something", "status": "You are Sam Okafor", "link": "I know you as Sam Okafor"} {
			if said := w.slack.Command(sam, "C0GENERAL", text); !strings.Contains(said, want) || !strings.Contains(said, "ephemeral") {
				t.Errorf("/rollcall %s says %s", text, said)
			}
		}
		if said := w.slack.Command(sam, "C0GENERAL", "ask "+goQuestion); !strings.Contains(said, "direct messages") {
			t.Errorf("/rollcall ask says %s", said)
		}
		dm := w.slack.DM(sam)
		eventually(t, "the answer", func() bool { return strings.Contains(lastWords(w, dm), goAnswer) })
		w.settled()
		root := w.slack.Messages(dm)[0].TS
		w.slack.Say(sam, dm, root, "and in Berlin?")
		all := w.answers(dm, root, 2)
		if words := all[1].Words(); !strings.Contains(words, "with Go") || !strings.Contains(words, "Berlin") {
			t.Errorf("the follow-up:\n%s", words)
		}
	})
}

func TestFeedbackStaysWithTheExchange(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.start()
		dm := w.slack.DM(sam)
		root := w.slack.Say(sam, dm, "", goQuestion)
		answer := w.answers(dm, root, 1)[0]
		turn, _ := partOf(answer)
		opinion := func() string {
			e, err := w.docs.Get(context.Background(), turn)
			if err != nil || e.Feedback == nil {
				return ""
			}
			return e.Feedback.Value + " " + e.Feedback.Note
		}
		w.slack.Click(sam, dm, answer.TS, "feedback", "good:"+turn)
		eventually(t, "the praise", func() bool { return opinion() == "good " })
		w.slack.Click(sam, dm, answer.TS, "feedback", "bad:"+turn)
		eventually(t, "the form", func() bool { return len(w.slack.Modals()) == 1 })
		w.slack.Submit(sam, "feedback_note", turn, "note", "Ana left")
		eventually(t, "the note", func() bool { return opinion() == "bad Ana left" })
		for _, forged := range []string{"", "good", "good:", "awful:" + turn} {
			w.slack.Click(sam, dm, answer.TS, "feedback", forged)
		}
		w.slack.Click("U0NOBODY", dm, answer.TS, "feedback", "good:"+turn)
		if got := opinion(); got != "bad Ana left" {
			t.Errorf("after forged clicks: %s", got)
		}
	})
}

func TestAnOptionIsTheNextQuestionHoweverOftenItIsClicked(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *workplace) {
		w.start()
		dm := w.slack.DM(grace)
		root := w.slack.Say(grace, dm, "", "when is Sam free?")
		asked := w.answers(dm, root, 1)[0]
		value, found := asked.Button("choose0")
		if !found {
			t.Fatalf("no options in:\n%s", asked.Words())
		}
		for range 3 {
			w.slack.Click(grace, dm, asked.TS, "choose0", value)
		}
		w.answers(dm, root, 2) // a click is acknowledged once it is kept
		if all := w.slack.Replies(dm, root); len(all) != 2 || !strings.Contains(all[1].Words(), strings.Split(value, ",")[0]) {
			t.Errorf("%d messages; the last says\n%s", len(all), all[len(all)-1].Words())
		}
	})
}
