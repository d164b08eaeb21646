package chatlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Project is what is known of a project beyond its row.
type Project struct {
	Summary   string         `json:"summary,omitempty"`
	TechStack []string       `json:"techStack,omitempty"`
	Links     []Link         `json:"links,omitempty"`
	Contacts  []Contact      `json:"contacts,omitempty"`
	Notes     string         `json:"notes,omitempty"`
	OpenRoles []OpenRole     `json:"openRoles,omitempty"`
	Custom    map[string]any `json:"custom,omitempty"`
}

// Link is a page about a project.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Contact is somebody to talk to about a project.
type Contact struct {
	Name  string `json:"name"`
	Role  string `json:"role,omitempty"`
	Email string `json:"email,omitempty"`
}

// OpenRole is work in a project that nobody does yet.
type OpenRole struct {
	Role    string      `json:"role"`
	Skills  []SkillNeed `json:"skills,omitempty"`
	Percent int         `json:"percent"`        // of full time, 1 to 100
	From    string      `json:"from,omitempty"` // the first day, YYYY-MM-DD; empty for the project's
	To      string      `json:"to,omitempty"`   // the last day, inclusive; empty for the project's
	Count   int         `json:"count"`          // how many people are sought, at least 1
}

// SkillNeed is a skill that an open role asks for.
type SkillNeed struct {
	Skill    string `json:"skill"`
	MinLevel int    `json:"minLevel,omitempty"` // 1 to 5, 0 for any
}

// Document is a project's details with their revision, which grows with every change.
type Document struct {
	ProjectID string
	Revision  int64
	UpdatedAt time.Time
	Project   Project
}

// Details keeps one document per project.
type Details interface {
	// GetDetails returns the project's document, or ErrNotFound.
	GetDetails(ctx context.Context, projectID string) (Document, error)
	// FindDetails returns all documents by project id.
	FindDetails(ctx context.Context) ([]Document, error)
	// PutDetails writes the document whole and reports whether that changed anything.
	PutDetails(ctx context.Context, projectID string, p Project) (changed bool, err error)
	// PatchDetails changes the fields that the JSON merge patch (RFC 7396) names, in the
	// document of the given revision, and returns the new one. Revision 0 is no document
	// yet. Another revision by now is ErrRevision; what ParseProject refuses is ErrInvalid.
	PatchDetails(ctx context.Context, projectID string, revision int64, patch json.RawMessage) (Document, error)
}

// patchedFrom is the document of the revision with the patch, and its text.
func patchedFrom(ctx context.Context, d Details, projectID string, revision int64, patch json.RawMessage) (Project, string, error) {
	old, err := d.GetDetails(ctx, projectID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Project{}, "", err
	}
	if old.Revision != revision {
		return Project{}, "", fmt.Errorf("details of project %s: %w", projectID, ErrRevision)
	}
	p, err := patched(old.Project, patch)
	if err != nil {
		return Project{}, "", err
	}
	text, err := encode(p)
	if err != nil {
		return Project{}, "", fmt.Errorf("write the details of project %s: %w", projectID, err)
	}
	return p, text, nil
}

// patched applies a merge patch to a project's details and checks the result.
func patched(p Project, patch json.RawMessage) (Project, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return Project{}, fmt.Errorf("write project details: %w", err)
	}
	var target, change map[string]any
	if err = json.Unmarshal(patch, &change); err != nil || change == nil {
		return Project{}, fmt.Errorf("the patch is not a JSON object: %w", ErrInvalid)
	}
	if err = json.Unmarshal(text, &target); err != nil {
		return Project{}, fmt.Errorf("read project details: %w", err)
	}
	if text, err = json.Marshal(merge(target, change)); err != nil {
		return Project{}, fmt.Errorf("write project details: %w", err)
	}
	p, err = ParseProject(text)
	if err != nil {
		return Project{}, fmt.Errorf("%w: %w", err, ErrInvalid)
	}
	return p, nil
}

// merge is the algorithm of RFC 7396, section 2.
func merge(target, patch map[string]any) map[string]any {
	if target == nil {
		target = map[string]any{}
	}
	for name, value := range patch {
		inner, isObject := value.(map[string]any)
		switch {
		case value == nil:
			delete(target, name)
		case isObject:
			old, _ := target[name].(map[string]any)
			target[name] = merge(old, inner)
		default:
			target[name] = value
		}
	}
	return target
}

// ParseProject reads a project's details strictly: an unknown field, a percent outside 1
// to 100, a level outside 0 to 5, a day that is none or an end before its start is an
// error that names it. A missing percent is 100 and a missing count 1.
func ParseProject(document []byte) (Project, error) {
	var p Project
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Project{}, fmt.Errorf("not valid project details: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Project{}, errors.New("not valid project details: text follows the JSON object")
	}
	for i := range p.OpenRoles {
		if err := p.OpenRoles[i].check(); err != nil {
			return Project{}, fmt.Errorf("not valid project details: open role %d: %w", i+1, err)
		}
	}
	return p, nil
}

func (r *OpenRole) check() error {
	if r.Percent == 0 {
		r.Percent = 100
	}
	if r.Count == 0 {
		r.Count = 1
	}
	switch {
	case r.Role == "":
		return errors.New("role is missing")
	case r.Percent < 1 || r.Percent > 100:
		return fmt.Errorf("percent %d is not from 1 to 100", r.Percent)
	case r.Count < 1:
		return fmt.Errorf("count %d is not at least 1", r.Count)
	}
	for _, s := range r.Skills {
		if s.Skill == "" || s.MinLevel < 0 || s.MinLevel > 5 {
			return fmt.Errorf("skill %q with level %d: a name and a level from 1 to 5 are needed", s.Skill, s.MinLevel)
		}
	}
	return r.checkDays()
}

func (r *OpenRole) checkDays() error {
	for _, day := range []string{r.From, r.To} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return fmt.Errorf("%q is not a date of the form YYYY-MM-DD", day)
		}
	}
	if r.From != "" && r.To != "" && r.To < r.From {
		return fmt.Errorf("it ends on %s, before it starts on %s", r.To, r.From)
	}
	return nil
}
