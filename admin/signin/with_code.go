package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rollcall/store"
)

const (
	codeDigits = 8
	codeAge    = 10 * time.Minute
	codeTries  = 5
	// sendTime is how long it may take to send a code once the request is answered.
	sendTime = 30 * time.Second
)

type codeRequest struct {
	Email string `json:"email" maxLength:"254" doc:"Your address in the company." example:"ada@example.com"`
}

type codeOutput struct {
	Body struct {
		Message string `json:"message"`
	}
}

func noCodes() error { return huma.Error404NotFound("Codes cannot be sent here: Slack is not set up.") }

// askForCode answers before it looks whether there is anybody to send a code to, so that
// neither words nor time tell.
func (s *Service) askForCode(ctx context.Context, in codeRequest) (*codeOutput, error) {
	if s.config.SendCode == nil {
		return nil, noCodes()
	}
	if err := s.admit(ctx); err != nil {
		return nil, err
	}
	email := normal(in.Email)
	if wait := s.asked.take(email); wait > 0 {
		return nil, tooMany(wait)
	}
	select {
	case s.slots <- struct{}{}:
	default:
		return nil, tooMany(time.Second)
	}
	work := context.WithoutCancel(ctx)
	s.late.Go(func() {
		defer func() { <-s.slots }()
		sending, cancel := context.WithTimeout(work, sendTime)
		defer cancel()
		if err := s.sendCode(sending, email); err != nil {
			s.config.Logger.WarnContext(sending, "a code to sign in could not be sent", "error", err)
		}
	})
	out := &codeOutput{}
	out.Body.Message = "If you are known here and in Slack, the bot sends you a code now. It works once, for ten minutes."
	return out, nil
}

// sendCode keeps a code, for anybody so that trying one tells nothing, and sends it to whom
// it is for. The newest one counts.
func (s *Service) sendCode(ctx context.Context, email string) error {
	code, name := newCode(), s.nameOf("code", email)
	if _, err := s.store.TakeVerification(ctx, name); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	row := store.Verification{Identifier: name, Value: "0:" + s.nameOf(name, code), ExpiresAt: s.store.Now().Add(codeAge)}
	if err := s.store.CreateVerification(ctx, &row); err != nil {
		return err
	}
	p, err := s.personOf(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	var has []store.Account
	if err == nil {
		has, err = s.store.FindAccounts(ctx, slackProvider, p.ID)
	}
	if err != nil || len(has) == 0 {
		return err
	}
	if err := s.config.SendCode(ctx, p.ID, code); err != nil {
		return fmt.Errorf("send it to %s: %w", p.ID, err)
	}
	return nil
}

func newCode() string {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(codeDigits), nil)
	n, err := rand.Int(rand.Reader, most)
	if err != nil { // the system's randomness never fails
		panic(err)
	}
	return fmt.Sprintf("%0*d", codeDigits, n)
}

type codeBody struct {
	Email string `json:"email" maxLength:"254" doc:"The address for which the code was asked." example:"ada@example.com"`
	Code  string `json:"code" maxLength:"32" doc:"Eight digits; spaces do not matter." example:"12345678" writeOnly:"true"`
}

func wrongCode() error {
	return huma.Error401Unauthorized("The code is wrong, used or too old. After five tries it takes a new one.")
}

func (s *Service) signInWithCode(ctx context.Context, in codeBody) (*sessionOutput, error) {
	if s.config.SendCode == nil {
		return nil, noCodes()
	}
	email := normal(in.Email)
	return s.attempt(ctx, email, func() (*sessionOutput, error) {
		ok, err := s.useCode(ctx, email, strings.ReplaceAll(in.Code, " ", ""))
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, wrongCode()
		}
		p, err := s.personOf(ctx, email)
		if errors.Is(err, store.ErrNotFound) {
			return nil, wrongCode()
		}
		if err != nil {
			return nil, err
		}
		return s.begin(ctx, p, "code")
	})
}

// useCode counts a try and reports whether the code is right. Of several at once with the
// right one only one is told so.
func (s *Service) useCode(ctx context.Context, email, code string) (bool, error) {
	name := s.nameOf("code", email)
	value, err := s.countTry(ctx, name)
	if err == nil && !same(value, s.nameOf(name, code)) {
		return false, nil
	}
	if err == nil {
		_, err = s.store.TakeVerification(ctx, name)
	}
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// countTry uses up one of the tries that a code has, before anything is compared, and
// returns what is kept of it; none left is store.ErrNotFound.
func (s *Service) countTry(ctx context.Context, name string) (string, error) {
	for range codeTries + 1 { // others who try at the same time use theirs up
		row, err := s.store.GetVerificationByIdentifier(ctx, name)
		if err != nil {
			return "", err
		}
		count, value, _ := strings.Cut(row.Value, ":")
		tries, err := strconv.Atoi(count)
		if err != nil || tries >= codeTries {
			break
		}
		swapped, err := s.store.SwapVerification(ctx, row.ID, row.Value, strconv.Itoa(tries+1)+":"+value)
		if err != nil || swapped {
			return value, err
		}
	}
	return "", store.ErrNotFound
}
