package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"rollcall/store"
	"rollcall/store/storetest"
)

// demo runs the demonstration and returns its address, what it says, and its end.
func demo(t *testing.T, args ...string) (url, said string, end func()) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), buildBinary(t), append([]string{"demo", "--address=127.0.0.1:0", fixedNow}, args...)...)
	cmd.Dir = t.TempDir()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var text strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		text.WriteString(lines.Text() + "\n")
		if _, at, found := strings.Cut(lines.Text(), "http://"); found && url == "" {
			url = "http://" + strings.TrimSuffix(at, "/api/docs")
		}
		if strings.HasPrefix(lines.Text(), "Ctrl-C") {
			break
		}
	}
	return url, text.String(), func() {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the demonstration ended with %v", err)
		}
	}
}

// ask makes a request with headers and returns the status.
func ask(t *testing.T, method, url, body string, headers map[string]string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	r.Host = headers["Host"]
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var said strings.Builder
	if _, err := copyTo(&said, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, said.String()
}

func TestTheDemonstrationServesTheSampleCompanyWithoutAccounts(t *testing.T) {
	t.Parallel()
	url, said, end := demo(t)
	for _, want := range []string{"/api/docs", "curl -s '" + url + "/api/v1/people?limit=3'", "rollcall chat"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if status, text := ask(t, http.MethodGet, url+"/api/v1/people?limit=3", "", nil); status != http.StatusOK || strings.Count(text, "lumen.example") != 3 {
		t.Errorf("its people: %d %s", status, text)
	}
	for _, path := range []string{"/api/docs", "/api/openapi.json", "/healthz", "/readyz", "/metrics"} {
		if status, _ := ask(t, http.MethodGet, url+path, "", nil); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, text := ask(t, http.MethodPost, url+"/api/v1/skills", `{"name":"Basket weaving"}`, nil); status != http.StatusCreated {
		t.Errorf("a change: %d %s", status, text)
	}
	end()
}

func TestTheDemonstrationRefusesOtherMachinesAndForeignPages(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		if code, _, errOut := rollcall(t, "", "demo", "--address="+address, none(t)); code != 1 || !strings.Contains(errOut, "this machine alone") {
			t.Errorf("%s: status %d, %s", address, code, errOut)
		}
	}
	url, _, end := demo(t)
	for name, c := range map[string]struct {
		headers map[string]string
		status  int
	}{
		"a name that was pointed here": {map[string]string{"Host": "evil.example"}, http.StatusMisdirectedRequest},
		"a foreign page":               {map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
	} {
		if status, text := ask(t, http.MethodPost, url+"/api/v1/skills", `{"name":"Phishing"}`, c.headers); status != c.status {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	end()
}

func TestTheDemonstrationTakesNoCompanyThatIsNotTheSample(t *testing.T) {
	t.Parallel()
	address := storetest.SQLiteURL(t)
	s := storetest.Open(t, address)
	if err := s.CreatePerson(t.Context(), &store.Person{Name: "Real", Email: "real@example.com", Access: store.Staff, Capacity: 100, Active: true}); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := rollcall(t, "", "demo", "--address=127.0.0.1:0", "--database="+address); code != 1 || !strings.Contains(errOut, "not the sample one") {
		t.Errorf("status %d, %s", code, errOut)
	}
	mine := "--database=" + storetest.SQLiteURL(t)
	for range 2 { // the second time it is there already
		url, _, end := demo(t, mine)
		if status, text := ask(t, http.MethodGet, url+"/api/v1/people", "", nil); status != http.StatusOK || !strings.Contains(text, "lumen.example") {
			t.Errorf("%d %s", status, text)
		}
		end()
	}
}

func TestHealthTellsHowTheProcessOnThisMachineIsDoing(t *testing.T) {
	t.Parallel()
	url, _, end := demo(t)
	port := url[strings.LastIndex(url, ":"):]
	for _, address := range []string{"127.0.0.1" + port, "0.0.0.0" + port, port} {
		for _, flag := range []string{"", "--ready"} {
			args := []string{"health", "--address=" + address}
			if flag != "" {
				args = append(args, flag)
			}
			if code, out, errOut := rollcall(t, "", args...); code != 0 || !strings.Contains(out, `"status":`) {
				t.Errorf("%v: status %d, %s %s", args, code, out, errOut)
			}
		}
	}
	end()
	if code, _, errOut := rollcall(t, "", "health", "--address=127.0.0.1"+port); code != 1 || !strings.Contains(errOut, "nobody serves") {
		t.Errorf("after its end: status %d, %s", code, errOut)
	}
}
