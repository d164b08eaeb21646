package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"strings"

	"golang.org/x/term"

	"rollcall/admin/signin"
	"rollcall/store"
)

// operator is who changes something at the terminal.
const operator = "operator"

type grantCmd struct {
	Email  string `arg:"" help:"The person's e-mail address."`
	Access string `arg:"" enum:"staff,manager,admin" help:"staff, manager or admin."`
}

// Run gives somebody an access and says what that changed.
func (c *grantCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	a, err := cfg.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	p, err := a.personOf(ctx, c.Email)
	if err != nil {
		return err
	}
	said, err := a.grant(ctx, p, store.Access(c.Access))
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, printable(said))
	return nil
}

// personOf returns the person who has the address, or an error that says that nobody has it.
func (a *app) personOf(ctx context.Context, email string) (store.Person, error) {
	p, err := a.store.GetPersonByEmail(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		return store.Person{}, fmt.Errorf("nobody here has the e-mail address %q", email)
	}
	return p, err
}

// grant gives the person the access, with an entry in the trail.
func (a *app) grant(ctx context.Context, p store.Person, access store.Access) (said string, err error) {
	who := p.Name + " (" + p.Email + ")"
	if p.Access == access {
		return who + " has the access " + string(access) + " already.", nil
	}
	after := p
	after.Access = access
	err = a.store.Transact(ctx, func(ctx context.Context, tx *store.Store) error { return change(ctx, tx, &p, &after) })
	said = who + " has the access " + string(access) + " now; it was " + string(p.Access) + "."
	if !p.Active {
		said += " They are not active, so they cannot use it."
	}
	return said, err
}

// change writes the person, who is new when there is nobody before.
func change(ctx context.Context, tx *store.Store, before, after *store.Person) error {
	e, err := store.NewEdit(store.PersonEntity, after.ID, before, after)
	if err == nil {
		e, err = tx.ApplyEdit(ctx, e)
	}
	if err != nil {
		return err
	}
	return signin.Audit(ctx, tx, e, operator, "cli")
}

type adminCmd struct {
	Create adminCreateCmd `cmd:"" help:"Make somebody an administrator with a password, which is asked for. Again it sets a new password."`
}

type adminCreateCmd struct {
	Email string `arg:"" help:"The person's e-mail address."`
	Name  string `help:"The name of somebody who is new here."`
}

// Run makes the first administrator, or one more.
func (c *adminCreateCmd) Run(ctx context.Context, cfg *Config, s streams) (err error) {
	email, err := c.address()
	if err != nil {
		return err
	}
	password, err := newPassword(ctx, s)
	if err != nil {
		return err
	}
	a, err := cfg.open(ctx, s.err, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	said, err := a.makeAdmin(ctx, email, c.Name, password)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, printable(said))
	return nil
}

func (c *adminCreateCmd) address() (string, error) {
	parsed, err := mail.ParseAddress(c.Email)
	if err != nil || parsed.Address != c.Email {
		return "", fmt.Errorf("%q is not an e-mail address", c.Email)
	}
	return strings.ToLower(c.Email), nil
}

// makeAdmin does all of it or nothing.
func (a *app) makeAdmin(ctx context.Context, email, name, password string) (said string, err error) {
	err = a.store.Transact(ctx, func(ctx context.Context, tx *store.Store) (failed error) {
		var id string
		if id, said, failed = raise(ctx, tx, email, name); failed != nil {
			return failed
		}
		return signin.SetPassword(ctx, tx, signin.NewPassword{PersonID: id, Password: password, Actor: operator, Origin: "cli"})
	})
	return said, err
}

// raise makes the person of the address an admin, and the person where there is none.
func raise(ctx context.Context, tx *store.Store, email, name string) (id, said string, err error) {
	p, err := tx.GetPersonByEmail(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		local, _, _ := strings.Cut(email, "@")
		p = store.Person{ID: store.NewID(), Name: cmp.Or(name, local), Email: email, Capacity: 100, Active: true, Access: store.Admin}
		return p.ID, p.Name + " (" + email + ") is new here, an admin, and has a password.", change(ctx, tx, nil, &p)
	}
	if err == nil && !p.Active {
		err = fmt.Errorf("%s (%s) is not active", p.Name, email)
	}
	if err == nil && p.Access != store.Admin {
		after := p
		after.Access = store.Admin
		err = change(ctx, tx, &p, &after)
	}
	return p.ID, p.Name + " (" + email + ") is an admin and has a new password; all sessions have ended.", err
}

// newPassword asks a person twice, without showing what they type, or reads one line of
// what another program writes. It is no argument, which others on the machine could read.
func newPassword(ctx context.Context, s streams) (string, error) {
	if f, ok := s.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return askPassword(ctx, f, s.err)
	}
	line, err := untilEnded(ctx, func() (string, error) { return bufio.NewReader(io.LimitReader(s.in, 4096)).ReadString('\n') })
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	password := strings.TrimRight(line, "\r\n")
	return password, signin.CheckPassword(password)
}

func askPassword(ctx context.Context, f *os.File, out io.Writer) (string, error) {
	fmt.Fprintf(out, "Password (%d to %d characters): ", signin.LeastPassword, signin.MostPassword)
	first, err := readHidden(ctx, f)
	fmt.Fprintln(out)
	if err == nil {
		err = signin.CheckPassword(string(first))
	}
	if err != nil {
		return "", err
	}
	fmt.Fprint(out, "Once more: ")
	second, err := readHidden(ctx, f)
	fmt.Fprintln(out)
	if err == nil && string(first) != string(second) {
		err = errors.New("the two are not the same; nothing was changed")
	}
	return string(first), err
}

// readHidden reads a line that is not shown. When it is interrupted the terminal shows again
// what is typed.
func readHidden(ctx context.Context, f *os.File) ([]byte, error) {
	before, err := term.GetState(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	line, err := untilEnded(ctx, func() ([]byte, error) { return term.ReadPassword(int(f.Fd())) })
	if ctx.Err() != nil {
		err = errors.Join(err, term.Restore(int(f.Fd()), before))
	}
	return line, err
}
