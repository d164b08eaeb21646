package signin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
)

const (
	cookieName = "better-auth.session_token"
	securePart = "__Secure-"
	tokenChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	tokenSize  = 32
	// mostToken is longer than any token of better-auth, which applications may lengthen.
	mostToken = 128
)

// newToken returns a token in better-auth's form: 190 bits that nobody can guess.
func newToken() string {
	token := make([]byte, 0, tokenSize)
	var random [tokenSize]byte
	for {
		_, _ = rand.Read(random[:]) // never fails
		for _, b := range random {
			if b >= 4*byte(len(tokenChars)) { // else the first letters would come more often
				continue
			}
			if token = append(token, tokenChars[int(b)%len(tokenChars)]); len(token) == tokenSize {
				return string(token)
			}
		}
	}
}

// sign returns better-auth's signature of the value.
func (s *Service) sign(value string) string {
	return base64.StdEncoding.EncodeToString(s.mac(value))
}

func (s *Service) mac(value string) []byte {
	h := hmac.New(sha256.New, s.config.Secret)
	h.Write([]byte(value))
	return h.Sum(nil)
}

// nameOf is under what something secret is kept: who reads the database learns none of it.
func (s *Service) nameOf(kind, value string) string {
	return "sign-in-" + kind + ":" + hex.EncodeToString(s.mac(kind+"\x00"+value))
}

// same compares without telling by its time how much is the same.
func same(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// signed is a token with its signature, as clients send it.
func (s *Service) signed(token string) string { return token + "." + s.sign(token) }

// readSigned returns the token of its signed form, which may be escaped as in a URL.
func (s *Service) readSigned(text string) (token string, ok bool) {
	if strings.Contains(text, "%") {
		var err error
		if text, err = url.PathUnescape(text); err != nil {
			return "", false
		}
	}
	dot := strings.LastIndexByte(text, '.')
	if dot < 0 {
		return "", false
	}
	token = text[:dot]
	// The shape goes first, so that nothing is signed for anybody that is no token.
	return token, isToken(token) && same(text[dot+1:], s.sign(token))
}

func isToken(s string) bool {
	if len(s) < tokenSize || len(s) > mostToken {
		return false
	}
	for i := range len(s) {
		if !strings.Contains(tokenChars, s[i:i+1]) && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return true
}

// presented is the token that a request came with.
type presented struct {
	token  string // empty: none, or none that may be believed
	bearer bool
}

// presented reads the token of a request. An Authorization header that names one decides
// alone, so that nobody is somebody else by a cookie that was sent along.
func (s *Service) presented(h http.Header) presented {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(h.Get("Authorization")), " ")
	if strings.EqualFold(scheme, "bearer") {
		token := strings.TrimSpace(rest)
		ok := isToken(token)
		if strings.Contains(token, ".") {
			token, ok = s.readSigned(token)
		}
		if !ok {
			token = ""
		}
		return presented{token, true}
	}
	cookie, err := (&http.Request{Header: h}).Cookie(s.cookieName())
	if err != nil {
		return presented{}
	}
	token, ok := s.readSigned(cookie.Value)
	if !ok {
		token = ""
	}
	return presented{token: token}
}

func (s *Service) cookieName() string {
	if s.secure {
		return securePart + cookieName
	}
	return cookieName
}

// cookie brings a browser the token, as better-auth does.
func (s *Service) cookie(token string) http.Cookie {
	c := s.bareCookie()
	// QueryEscape does to letters, digits, dots and base64 what encodeURIComponent does.
	c.Value, c.MaxAge = url.QueryEscape(s.signed(token)), int(sessionAge.Seconds())
	return c
}

// noCookie has a browser forget its token.
func (s *Service) noCookie() http.Cookie {
	c := s.bareCookie()
	c.MaxAge = -1
	return c
}

func (s *Service) bareCookie() http.Cookie {
	return http.Cookie{Name: s.cookieName(), Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
}
