package signin_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"rollcall/admin/signin"
	"rollcall/store"
	"rollcall/store/storetest"
)

// needNode ends the test where node or npm is missing: it fails under CI and is skipped,
// aloud, elsewhere.
func needNode(t *testing.T) {
	t.Helper()
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is not installed (Debian: apt-get install nodejs npm)", name)
			}
			fmt.Fprintf(os.Stderr, "NOT TESTED with better-auth: %s: %s is not installed\n", t.Name(), name)
			t.Skip(name + " is not installed")
		}
	}
}

func TestWithoutNodeTheTestFailsUnderCIAndSaysElsewhereWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	for ci, want := range map[string]string{"true": "node is not installed (Debian", "": "NOT TESTED with better-auth"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestARealBetterAuth", "-test.v")
		cmd.Env = append(os.Environ(), "PATH=/nowhere", "CI="+ci)
		out, err := cmd.CombinedOutput()
		if failed := err != nil; failed != (ci != "") || !strings.Contains(string(out), want) {
			t.Errorf("CI=%s: %v\n%s", ci, err, out)
		}
	}
}

// betterAuth starts a real better-auth on the database and returns its address.
func betterAuth(t *testing.T, database string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/betterauth")); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return startNode(t, dir, database)
}

func startNode(t *testing.T, dir, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	schema := u.Query().Get("search_path")
	u.RawQuery = ""
	node := exec.CommandContext(context.Background(), "node", "server.mjs")
	node.Dir, node.Stderr = dir, os.Stderr
	node.Env = append(os.Environ(), "DATABASE_URL="+u.String(), "SCHEMA="+schema, "SECRET="+secret)
	node.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); _ = node.Wait() })
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("better-auth does not come up: %v", err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port)
}

// theirs asks better-auth who one is: an e-mail address, or nothing for nobody.
func (r *rig) theirs(address string, as func(*http.Request)) string {
	r.t.Helper()
	got := r.do("GET", address+"/api/auth/get-session", nil, as)
	if got.status != http.StatusOK || got.body == "null" || got.body == "" {
		return ""
	}
	var body struct {
		User struct{ Email string } `json:"user"`
	}
	got.into(r.t, &body)
	return body.User.Email
}

// ours asks us.
func (r *rig) ours(as func(*http.Request)) string {
	r.t.Helper()
	got := r.do("GET", "/api/v1/me", nil, as)
	if got.status != http.StatusOK {
		return ""
	}
	var me struct{ Email string }
	got.into(r.t, &me)
	return me.Email
}

func TestARealBetterAuthOnTheSameDatabaseSharesPeoplePasswordsAndSessions(t *testing.T) {
	t.Parallel()
	needNode(t)
	database := storetest.PostgresURL(t)
	r := newRig(t, database)
	r.clock.Store(time.Now().UnixNano()) // theirs cannot be set
	them := betterAuth(t, database)
	origin := with("Origin", them)
	ada := r.person("Ada", store.Admin)

	signUp := r.do("POST", them+"/api/auth/sign-up/email", map1{"email": "Zoë@Example.com", "name": "Zoe", "password": "x"}, origin)
	if signUp.status == http.StatusOK {
		t.Fatalf("it takes any password: %s", signUp.body)
	}
	const theirPassword = "their ünïcode ① password"
	r.secrets = append(r.secrets, theirPassword)
	signUp = r.do("POST", them+"/api/auth/sign-up/email", map1{"email": "Zoe@Example.com", "name": "Zoe", "password": theirPassword}, origin)
	if signUp.status != http.StatusOK {
		t.Fatalf("signing up there: %d %s", signUp.status, signUp.body)
	}
	theirIn := r.do("POST", them+"/api/auth/sign-in/email", map1{"email": ada.Email, "password": password}, origin)
	if theirIn.status != http.StatusOK {
		t.Fatalf("ours cannot sign in there: %d %s", theirIn.status, theirIn.body)
	}
	ourIn := r.do("POST", "/api/v1/sign-in", map1{"email": "zoe@example.com", "password": theirPassword})
	if ourIn.status != http.StatusOK {
		t.Fatalf("theirs cannot sign in here: %d %s", ourIn.status, ourIn.body)
	}
	for name, c := range map[string]struct {
		as   func(*http.Request)
		want string
	}{
		"their cookie": {browser(theirIn), ada.Email}, "their token": {bearer(r.token(theirIn)), ada.Email}, "their signed token": {bearer(theirIn.header.Get("Set-Auth-Token")), ada.Email},
		"the cookie of their signing up": {browser(signUp), "zoe@example.com"},
		"our cookie":                     {browser(ourIn), "zoe@example.com"}, "our token": {bearer(r.token(ourIn)), "zoe@example.com"}, "our signed token": {bearer(ourIn.header.Get("Set-Auth-Token")), "zoe@example.com"},
		"an unknown token": {bearer(signin.NewToken()), ""}, "a forged one": {bearer(r.token(ourIn) + ".AAAA"), ""}, "nothing": {func(*http.Request) {}, ""},
	} {
		if here, there := r.ours(c.as), r.theirs(them, c.as); here != c.want || there != c.want {
			t.Errorf("%s: %q here, %q there, want %q", name, here, there, c.want)
		}
	}
	if theirCookie, ourForm := theirIn.header.Get("Set-Cookie"), r.signin.Cookie(r.token(theirIn)); strings.Split(theirCookie, ";")[0] != strings.Split(ourForm, ";")[0] || theirIn.header.Get("Set-Auth-Token") != r.signin.Signed(r.token(theirIn)) {
		t.Errorf("their cookie is %s, ours would be %s", theirCookie, ourForm)
	}
	crossingOut(t, r, them, theirIn, ourIn)
	crossingPasswords(t, r, them, ada)
}

// crossingOut signs out on the other side than one has signed in.
func crossingOut(t *testing.T, r *rig, them string, theirIn, ourIn answer) {
	t.Helper()
	if got := r.do("POST", "/api/v1/sign-out", nil, browser(theirIn)); got.status != http.StatusNoContent {
		t.Errorf("ending their session here: %d %s", got.status, got.body)
	}
	if got := r.do("POST", them+"/api/auth/sign-out", map1{}, browser(ourIn), with("Origin", them)); got.status != http.StatusOK {
		t.Errorf("ending our session there: %d %s", got.status, got.body)
	}
	for name, as := range map[string]func(*http.Request){"theirs": browser(theirIn), "ours": browser(ourIn), "their token": bearer(r.token(theirIn)), "our token": bearer(r.token(ourIn))} {
		if here, there := r.ours(as), r.theirs(them, as); here != "" || there != "" {
			t.Errorf("%s goes on: %q here, %q there", name, here, there)
		}
	}
}

// crossingPasswords changes a password on either side.
func crossingPasswords(t *testing.T, r *rig, them string, ada store.Person) {
	t.Helper()
	const next, last = "the next ﬁne password", "the last fine password"
	r.secrets = append(r.secrets, next, last)
	in := r.enter("Ada")
	if got := r.do("PUT", "/api/v1/me/password", map1{"current": password, "new": next}, browser(in)); got.status != http.StatusNoContent {
		t.Fatalf("changing it here: %d %s", got.status, got.body)
	}
	theirIn := r.do("POST", them+"/api/auth/sign-in/email", map1{"email": ada.Email, "password": next}, with("Origin", them))
	if theirIn.status != http.StatusOK {
		t.Fatalf("with the new password there: %d %s", theirIn.status, theirIn.body)
	}
	got := r.do("POST", them+"/api/auth/change-password", map[string]any{"currentPassword": next, "newPassword": last, "revokeOtherSessions": true}, browser(theirIn), with("Origin", them))
	if got.status != http.StatusOK {
		t.Fatalf("changing it there: %d %s", got.status, got.body)
	}
	if here := r.ours(browser(in)); here != "" {
		t.Errorf("a session that was revoked there goes on here")
	}
	if got := r.do("POST", "/api/v1/sign-in", map1{"email": ada.Email, "password": last}); got.status != http.StatusOK {
		t.Errorf("with the last password here: %d %s", got.status, got.body)
	}
}

func TestTheLockFileNamesNoRegistry(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/betterauth/package-lock.json")
	if err != nil || strings.Contains(string(text), `"resolved"`) || !strings.Contains(string(text), `"integrity"`) {
		t.Errorf("the lock file names where its packages came from, or not what they are: %v", err)
	}
}
