package slackio

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// envelope is what is read of an event. It is read before and without the library's typed
// form, which loses a whole event for one unknown piece in it.
type envelope struct {
	Type      text  `json:"type"`
	Challenge text  `json:"challenge"`
	TeamID    text  `json:"team_id"`
	EventID   text  `json:"event_id"`
	IsShared  flag  `json:"is_ext_shared_channel"`
	Event     event `json:"event"`
}

type event struct {
	Type        text      `json:"type"`
	Subtype     text      `json:"subtype"`
	Channel     text      `json:"channel"`
	ChannelType text      `json:"channel_type"`
	User        userRef   `json:"user"`
	UserTeam    text      `json:"user_team"`
	BotID       text      `json:"bot_id"`
	Text        text      `json:"text"`
	TS          text      `json:"ts"`
	ThreadTS    text      `json:"thread_ts"`
	DeletedTS   text      `json:"deleted_ts"`
	Tab         text      `json:"tab"`
	Edited      *mark     `json:"edited"`
	Metadata    *metadata `json:"metadata"`
	Message     *event    `json:"message"` // of message_changed
}

// metadata is what the bot attaches to its messages, to know them again.
type metadata struct {
	EventType text    `json:"event_type"`
	Payload   payload `json:"event_payload"`
}

type payload struct {
	Turn text   `json:"turn_id"`
	Part number `json:"part"`
}

// The kinds below read what they can and are empty for the rest, because one field of an
// unexpected kind must not lose an event.
type (
	text    string
	flag    bool
	number  int
	mark    struct{}
	userRef struct {
		ID      string
		Deleted bool
		Email   string
		IsWhole bool // it came as an object, as in user_change
	}
)

// UnmarshalJSON reads a string; anything else is empty.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = storable(s)
	}
	return nil
}

// storable is text as every database takes it: valid UTF-8 without the zero character.
func storable(s string) text {
	return text(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", ""))
}

// UnmarshalJSON reads true; anything else is false.
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = string(b) == "true"
	return nil
}

// UnmarshalJSON reads an integer; anything else is zero.
func (n *number) UnmarshalJSON(b []byte) error {
	var i int
	if json.Unmarshal(b, &i) == nil {
		*n = number(i)
	}
	return nil
}

// UnmarshalJSON accepts anything: that it is there is all there is to know.
func (*mark) UnmarshalJSON([]byte) error { return nil }

// UnmarshalJSON reads a user's id, or the object that some events have in its place.
func (u *userRef) UnmarshalJSON(b []byte) error {
	var whole struct {
		ID      text `json:"id"`
		Deleted flag `json:"deleted"`
		Profile struct {
			Email text `json:"email"`
		} `json:"profile"`
	}
	var id text
	if b[0] == '"' {
		err := id.UnmarshalJSON(b)
		u.ID = string(id)
		return err
	}
	if json.Unmarshal(b, &whole) == nil {
		*u = userRef{ID: string(whole.ID), Deleted: bool(whole.Deleted), Email: string(whole.Profile.Email), IsWhole: true}
	}
	return nil
}

// UnmarshalJSON reads an event; one that is no object is empty.
func (e *event) UnmarshalJSON(b []byte) error {
	type plain event
	var p plain
	if json.Unmarshal(b, &p) == nil {
		*e = event(p)
	}
	return nil
}

// UnmarshalJSON reads metadata; what is no object is empty.
func (m *metadata) UnmarshalJSON(b []byte) error {
	type plain metadata
	var p plain
	if json.Unmarshal(b, &p) == nil {
		*m = metadata(p)
	}
	return nil
}

// UnmarshalJSON reads a payload; what is no object is empty.
func (m *payload) UnmarshalJSON(b []byte) error {
	type plain payload
	var p plain
	if json.Unmarshal(b, &p) == nil {
		*m = payload(p)
	}
	return nil
}

// errMalformed means that a request is not what Slack sends; repeating it changes nothing.
var errMalformed = errors.New("malformed")

func parseEnvelope(raw []byte) (envelope, error) {
	var e envelope
	if err := json.Unmarshal(raw, &e); err != nil {
		return e, fmt.Errorf("%w event: %w", errMalformed, err)
	}
	return e, nil
}

// root is the ts of the message that the event's thread hangs on.
func (e event) root() string {
	if e.ThreadTS != "" {
		return string(e.ThreadTS)
	}
	return string(e.TS)
}

// isHuman reports whether a person wrote the message.
func (e event) isHuman() bool {
	if e.BotID != "" || e.User.ID == "" {
		return false
	}
	switch e.Subtype {
	case "", "file_share", "thread_broadcast":
		return true
	}
	return false
}
