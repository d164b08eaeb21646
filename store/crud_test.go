package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/uptrace/bun"

	"rollcall/store"
	"rollcall/store/civil"
	"rollcall/store/storetest"
)

// lifecycle creates a row, reads it back, changes it, reads that back, and deletes it.
func lifecycle[T any](t *testing.T, row T, id func(*T) string, change func(*T),
	create, update func(context.Context, *T) error, get func(context.Context, string) (T, error), remove func(context.Context, string) error,
) {
	t.Helper()
	ctx := t.Context()
	if err := create(ctx, &row); err != nil {
		t.Fatalf("create %T: %v", row, err)
	}
	if id(&row) == "" {
		t.Fatalf("create %T gave no id", row)
	}
	same := func(when string) {
		t.Helper()
		got, err := get(ctx, id(&row))
		if diff := cmp.Diff(row, got, cmpopts.IgnoreTypes(bun.BaseModel{})); diff != "" || err != nil {
			t.Errorf("%T after %s: error %v (-written +read):\n%s", row, when, err, diff)
		}
	}
	same("create")
	change(&row)
	if err := update(ctx, &row); err != nil {
		t.Fatalf("update %T: %v", row, err)
	}
	same("update")
	if err := remove(ctx, id(&row)); err != nil {
		t.Fatalf("delete %T: %v", row, err)
	}
	if _, err := get(ctx, id(&row)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get %T after delete: %v, want ErrNotFound", row, err)
	}
	if err := remove(ctx, id(&row)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("delete %T twice: %v, want ErrNotFound", row, err)
	}
	if err := update(ctx, &row); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("update %T after delete: %v, want ErrNotFound", row, err)
	}
}

func ptr[T any](v T) *T { return &v }

// base makes a person, a skill, a certification, a client and a project to refer to.
func base(t *testing.T, s *store.Store) {
	t.Helper()
	createAll(t, []store.Role{{ID: "r", Name: "Developer"}}, s.CreateRole)
	createAll(t, []store.Person{
		{ID: "u", Name: "Ana", Email: "ana@example.com", Access: store.Staff, Capacity: 100, Active: true, RoleID: ptr("r")},
	}, s.CreatePerson)
	createAll(t, []store.Skill{{ID: "s", Name: "Go", Aliases: []string{"golang"}}}, s.CreateSkill)
	createAll(t, []store.Certification{{ID: "c", Name: "CKA"}}, s.CreateCertification)
	createAll(t, []store.Client{{ID: "k", Name: "Acme"}}, s.CreateClient)
	createAll(t, []store.Project{{ID: "p", Name: "Atlas"}}, s.CreateProject)
}

func TestEveryEntityIsCreatedReadChangedAndDeleted(t *testing.T) {
	t.Parallel()
	day, later := civil.Of(2026, 12, 1), civil.Of(2027, 2, 28)
	hour := time.Date(2026, 12, 1, 10, 30, 15, 123456000, time.UTC)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		base(t, s)
		lifecycle(t, store.Person{Name: "Zoë Müller", Email: "zoe@example.com", Access: store.Manager, Capacity: 80, Active: true, Location: ptr("Berlin"), RoleID: ptr("r")},
			func(r *store.Person) string { return r.ID }, func(r *store.Person) { r.Active, r.Location, r.Image = false, nil, ptr("z.png") },
			s.CreatePerson, s.UpdatePerson, s.GetPerson, s.DeletePerson)
		lifecycle(t, store.Account{AccountID: "U1", ProviderID: "slack", UserID: "u"},
			func(r *store.Account) string { return r.ID }, func(r *store.Account) { r.Scope, r.AccessTokenExpiresAt = ptr("openid"), &hour },
			s.CreateAccount, s.UpdateAccount, s.GetAccount, s.DeleteAccount)
		lifecycle(t, store.Session{Token: "t1", UserID: "u", ExpiresAt: hour},
			func(r *store.Session) string { return r.ID }, func(r *store.Session) { r.IPAddress = ptr("::1") },
			s.CreateSession, s.UpdateSession, s.GetSession, s.DeleteSession)
		lifecycle(t, store.Verification{Identifier: "ana@example.com", Value: "123456", ExpiresAt: hour},
			func(r *store.Verification) string { return r.ID }, func(r *store.Verification) { r.Value = "654321" },
			s.CreateVerification, s.UpdateVerification, s.GetVerification, s.DeleteVerification)
		lifecycle(t, store.Role{Name: "Designer"}, func(r *store.Role) string { return r.ID }, func(r *store.Role) { r.Description = ptr("draws") },
			s.CreateRole, s.UpdateRole, s.GetRole, s.DeleteRole)
		lifecycle(t, store.Skill{Name: "Rust", Aliases: []string{}}, func(r *store.Skill) string { return r.ID }, func(r *store.Skill) { r.Aliases = []string{"rs", "rust-lang"} },
			s.CreateSkill, s.UpdateSkill, s.GetSkill, s.DeleteSkill)
		lifecycle(t, store.PersonSkill{UserID: "u", SkillID: "s", Level: ptr(3)}, func(r *store.PersonSkill) string { return r.ID },
			func(r *store.PersonSkill) {
				r.Level, r.AcquiredAt, r.ConfirmedBy, r.ConfirmedAt = nil, &day, ptr("u"), &hour
			},
			s.CreatePersonSkill, s.UpdatePersonSkill, s.GetPersonSkill, s.DeletePersonSkill)
		lifecycle(t, store.Certification{Name: "CKAD"}, func(r *store.Certification) string { return r.ID }, func(r *store.Certification) { r.Issuer = ptr("CNCF") },
			s.CreateCertification, s.UpdateCertification, s.GetCertification, s.DeleteCertification)
		lifecycle(t, store.PersonCertification{UserID: "u", CertID: "c", IssuedAt: &day}, func(r *store.PersonCertification) string { return r.ID },
			func(r *store.PersonCertification) { r.ExpiresAt = &later },
			s.CreatePersonCertification, s.UpdatePersonCertification, s.GetPersonCertification, s.DeletePersonCertification)
		lifecycle(t, store.Client{Name: "Contour"}, func(r *store.Client) string { return r.ID }, func(r *store.Client) { r.Name = "Contour AG" },
			s.CreateClient, s.UpdateClient, s.GetClient, s.DeleteClient)
		lifecycle(t, store.Project{Name: "Beacon", StartedAt: &day}, func(r *store.Project) string { return r.ID }, func(r *store.Project) { r.EndedAt = &later },
			s.CreateProject, s.UpdateProject, s.GetProject, s.DeleteProject)
		lifecycle(t, store.ClientProject{ClientID: "k", ProjectID: "p"}, func(r *store.ClientProject) string { return r.ID }, func(*store.ClientProject) {},
			s.CreateClientProject, s.UpdateClientProject, s.GetClientProject, s.DeleteClientProject)
		lifecycle(t, store.Booking{ProjectID: "p", UserID: "u", Percent: 50, Status: store.Tentative, StartsAt: &day}, func(r *store.Booking) string { return r.ID },
			func(r *store.Booking) {
				r.RoleID, r.EndsAt, r.Status, r.HoldUntil = ptr("r"), &later, store.Confirmed, &later
			},
			s.CreateBooking, s.UpdateBooking, s.GetBooking, s.DeleteBooking)
		lifecycle(t, store.TimeOff{UserID: "u", Kind: store.Sick, StartsOn: day, EndsOn: day}, func(r *store.TimeOff) string { return r.ID },
			func(r *store.TimeOff) { r.EndsOn, r.Kind, r.Note = later, store.Parental, ptr("welcome") },
			s.CreateTimeOff, s.UpdateTimeOff, s.GetTimeOff, s.DeleteTimeOff)
	})
}

func TestAViolatedRuleIsATypedError(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		base(t, s)
		ctx, day := t.Context(), civil.Of(2026, 12, 1)
		createAll(t, []store.PersonSkill{{UserID: "u", SkillID: "s"}}, s.CreatePersonSkill)
		createAll(t, []store.Booking{{UserID: "u", ProjectID: "p", Percent: 50, Status: store.Confirmed}}, s.CreateBooking)
		createAll(t, []store.PersonCertification{{UserID: "u", CertID: "c"}}, s.CreatePersonCertification)
		createAll(t, []store.ClientProject{{ClientID: "k", ProjectID: "p"}}, s.CreateClientProject)
		createAll(t, []store.Account{{AccountID: "U1", ProviderID: "slack", UserID: "u"}}, s.CreateAccount)
		person := store.Person{Name: "Ben", Email: "ben@example.com", Access: store.Staff, Capacity: 100}
		for name, c := range map[string]struct {
			err  error
			want error
		}{
			"an e-mail address twice":         {s.CreatePerson(ctx, &store.Person{Email: "ana@example.com", Access: store.Staff}), store.ErrConflict},
			"an id twice":                     {s.CreatePerson(ctx, &store.Person{ID: "u", Email: "x@example.com", Access: store.Staff}), store.ErrConflict},
			"a skill's name twice":            {s.CreateSkill(ctx, &store.Skill{Name: "Go"}), store.ErrConflict},
			"a person's skill twice":          {s.CreatePersonSkill(ctx, &store.PersonSkill{UserID: "u", SkillID: "s"}), store.ErrConflict},
			"a project's client twice":        {s.CreateClientProject(ctx, &store.ClientProject{ClientID: "k", ProjectID: "p"}), store.ErrConflict},
			"a Slack identity twice":          {s.CreateAccount(ctx, &store.Account{AccountID: "U1", ProviderID: "slack", UserID: "u"}), store.ErrConflict},
			"a person of no role":             {s.CreatePerson(ctx, &store.Person{Email: "y@example.com", Access: store.Staff, RoleID: ptr("none")}), store.ErrReference},
			"a skill of nobody":               {s.CreatePersonSkill(ctx, &store.PersonSkill{UserID: "none", SkillID: "s"}), store.ErrReference},
			"a booking on nothing":            {s.CreateBooking(ctx, &store.Booking{UserID: "u", ProjectID: "none", Percent: 50, Status: store.Confirmed}), store.ErrReference},
			"deleting a role that is in use":  {s.DeleteRole(ctx, "r"), store.ErrReference},
			"deleting a skill in use":         {s.DeleteSkill(ctx, "s"), store.ErrReference},
			"deleting a certification held":   {s.DeleteCertification(ctx, "c"), store.ErrReference},
			"deleting a client of a project":  {s.DeleteClient(ctx, "k"), store.ErrReference},
			"deleting a project with people":  {s.DeleteProject(ctx, "p"), store.ErrReference},
			"an unknown access":               {s.CreatePerson(ctx, &store.Person{Email: "z@example.com", Access: "root"}), store.ErrInvalid},
			"a capacity of 101":               {s.CreatePerson(ctx, &store.Person{Email: "z@example.com", Access: store.Staff, Capacity: 101}), store.ErrInvalid},
			"a level of 6":                    {s.CreatePersonSkill(ctx, &store.PersonSkill{UserID: "u", SkillID: "s", Level: ptr(6)}), store.ErrInvalid},
			"a percent of 900":                {s.CreateBooking(ctx, &store.Booking{UserID: "u", ProjectID: "p", Percent: 900, Status: store.Confirmed}), store.ErrInvalid},
			"a booking that ends too early":   {s.CreateBooking(ctx, &store.Booking{UserID: "u", ProjectID: "p", Percent: 50, Status: store.Confirmed, StartsAt: &day, EndsAt: ptr(day - 1)}), store.ErrInvalid},
			"time off that ends too early":    {s.CreateTimeOff(ctx, &store.TimeOff{UserID: "u", Kind: store.Sick, StartsOn: day, EndsOn: day - 1}), store.ErrInvalid},
			"a kind of time off of one's own": {s.CreateTimeOff(ctx, &store.TimeOff{UserID: "u", Kind: "hangover", StartsOn: day, EndsOn: day}), store.ErrInvalid},
			"nothing":                         {s.CreatePerson(ctx, &person), nil},
		} {
			if !errors.Is(c.err, c.want) {
				t.Errorf("%s: got %v, want %v", name, c.err, c.want)
			}
		}
	})
}

func TestDeletingAPersonTakesWhatIsTheirs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		base(t, s)
		skill := store.PersonSkill{UserID: "u", SkillID: "s"}
		booking := store.Booking{UserID: "u", ProjectID: "p", Percent: 50, Status: store.Confirmed}
		if err := errors.Join(s.CreatePersonSkill(t.Context(), &skill), s.CreateBooking(t.Context(), &booking), s.DeletePerson(t.Context(), "u")); err != nil {
			t.Fatal(err)
		}
		_, skillErr := s.GetPersonSkill(t.Context(), skill.ID)
		_, bookingErr := s.GetBooking(t.Context(), booking.ID)
		if !errors.Is(skillErr, store.ErrNotFound) || !errors.Is(bookingErr, store.ErrNotFound) {
			t.Errorf("still there: skill %v, booking %v", skillErr, bookingErr)
		}
	})
}
