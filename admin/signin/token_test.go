package signin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"rollcall/admin/signin"
)

// What better-auth 1.7.25 makes of passwords. The second and third are written in more than
// one way: ① is 1, ﬁ is fi, and Å is one character or two.
var vectors = map[string]string{
	password:                      oldHash,
	"ünïcode ① pässwörd":          "0ed4c0370492a6e1c9b92761d4464599:8037c48812546ca65a6cd899c70d36281863b9e1ff6545f10f255f092491c8722f5d1770ceb876d4bb968338740b846b17c2004a913c414fab8e83366d1b24f6",
	"ünïcode 1 pässwörd":          "0ed4c0370492a6e1c9b92761d4464599:8037c48812546ca65a6cd899c70d36281863b9e1ff6545f10f255f092491c8722f5d1770ceb876d4bb968338740b846b17c2004a913c414fab8e83366d1b24f6",
	"\uFB01ve \u212Bngstr\u00f6m": "c28af6b672df8796672dfbd65e932c21:65b5326df4f5369ceeb343eea973b354bfafbc792f5c3c5eb6b1bcc17cdf0927b3cc5a45c2e9558517010ee9dade7d234f36486d7ecc7f2fb613e7f2ed8653b7",
	"five A\u030angstro\u0308m":   "c28af6b672df8796672dfbd65e932c21:65b5326df4f5369ceeb343eea973b354bfafbc792f5c3c5eb6b1bcc17cdf0927b3cc5a45c2e9558517010ee9dade7d234f36486d7ecc7f2fb613e7f2ed8653b7",
}

func TestAPasswordsHashIsBetterAuthsByteForByte(t *testing.T) {
	t.Parallel()
	for text, want := range vectors {
		if got, err := signin.Hash(text, want[:32]); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
	made, err := signin.NewHash(password)
	if err != nil || !regexp.MustCompile(`^[0-9a-f]{32}:[0-9a-f]{128}$`).MatchString(made) {
		t.Errorf("made %s, %v", made, err)
	}
	if ok, err := signin.Hashed(password, made); !ok || err != nil {
		t.Errorf("its own hash: %v, %v", ok, err)
	}
}

func TestWhatIsNoHashOfThePasswordIsRefused(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]string{
		"another password's": vectors["ünïcode 1 pässwörd"], "none": "", "a plain password": password, "a cut hash": oldHash[:160], "upper case": strings.ToUpper(oldHash),
		"bcrypt": "$2b$12$abcdefghijklmnopqrstuuJm3xZJ9TlfLmYhmFvQ1f0DGkQLhfGCa", "no salt": ":" + strings.Repeat("0", 160), "nobody's": strings.Repeat("0", 32) + ":" + strings.Repeat("0", 128),
	} {
		if ok, err := signin.Hashed(password, of); ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

func TestACookieIsBetterAuthsByteForByte(t *testing.T) {
	t.Parallel()
	plain, https := signin.New(signin.Config{Secret: []byte(secret)}), signin.New(signin.Config{Secret: []byte(secret), URL: "https://rollcall.example.com"})
	const rest = "; Path=/; Max-Age=604800; HttpOnly; "
	for token, value := range map[string]string{
		"AbCdEfGhIjKlMnOpQrStUvWxYz012345": "AbCdEfGhIjKlMnOpQrStUvWxYz012345.r37iEVazb3BSrGKwXTO7tA%2B8B7IBdf43aXY9YawKKqc%3D",
		"zyxwvutsrqponmlkjihgfedcba987654": "zyxwvutsrqponmlkjihgfedcba987654.hcsu%2FnkrNhFTMtYqxPprJR%2FawkMaABSq6zbmol9Uf8w%3D",
	} {
		if got, want := plain.Cookie(token), "better-auth.session_token="+value+rest+"SameSite=Lax"; got != want {
			t.Errorf("by http:\n%s, want\n%s", got, want)
		}
		if got, want := https.Cookie(token), "__Secure-better-auth.session_token="+value+rest+"Secure; SameSite=Lax"; got != want {
			t.Errorf("by https:\n%s, want\n%s", got, want)
		}
		if raw, err := url.PathUnescape(value); err != nil || plain.Signed(token) != raw {
			t.Errorf("signed: %s, %v", plain.Signed(token), err)
		}
	}
}

func TestATokenHasBetterAuthsForm(t *testing.T) {
	t.Parallel()
	seen, letters := map[string]bool{}, map[rune]int{}
	for range 2000 {
		token := signin.NewToken()
		if !regexp.MustCompile(`^[a-zA-Z0-9]{32}$`).MatchString(token) || seen[token] {
			t.Fatalf("made %q", token)
		}
		seen[token] = true
		for _, c := range token {
			letters[c]++
		}
	}
	for c, n := range letters { // 64,000 of 62: a thousand of each, give or take
		if n < 800 || n > 1250 {
			t.Errorf("%c comes %d times", c, n)
		}
	}
	if len(letters) != 62 {
		t.Errorf("%d different characters", len(letters))
	}
}

// FuzzPresented holds the parser of cookies and tokens to: no panic, and no token out of a
// cookie whose signature is not exactly ours.
func FuzzPresented(f *testing.F) {
	s := signin.New(signin.Config{Secret: []byte(secret)})
	token := "AbCdEfGhIjKlMnOpQrStUvWxYz012345"
	for _, seed := range []string{token, s.Signed(token), "Bearer " + token, "bearer  " + url.QueryEscape(s.Signed(token)), "better-auth.session_token=" + url.QueryEscape(s.Signed(token)), "Bearer .", "%", "Bearer %zz.", "a=b; better-auth.session_token="} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, authorization, cookie string) {
		got, isBearer := s.Presented(http.Header{"Authorization": {authorization}, "Cookie": {cookie}})
		switch {
		case got == "":
		case len(got) < 32 || len(got) > 128 || strings.ContainsAny(got, ".%;= \x00"):
			t.Errorf("%q is no token", got)
		case isBearer && strings.Contains(authorization, "."):
			raw, err := url.PathUnescape(authorization)
			if !strings.Contains(authorization, s.Signed(got)) && (err != nil || !strings.Contains(raw, s.Signed(got))) {
				t.Errorf("%q is taken from %q", got, authorization)
			}
		case isBearer:
			if !strings.Contains(authorization, got) {
				t.Errorf("%q is taken from %q", got, authorization)
			}
		default:
			raw, err := url.PathUnescape(cookie)
			if !strings.Contains(cookie, s.Signed(got)) && (err != nil || !strings.Contains(raw, s.Signed(got))) {
				t.Errorf("%q is taken from %q", got, cookie)
			}
		}
	})
}
