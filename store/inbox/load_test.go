package inbox_test

import (
	"encoding/json"
	"testing"
	"time"

	"rollcall/store/inbox"
)

func TestTheLoadIsWhatIsOpenAndNotYetSent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *inbox.Inbox) {
		l, err := b.GetLoad(t.Context())
		if err != nil || !l.Oldest.IsZero() || l.Open[inbox.Received]+l.Open[inbox.Running]+l.Open[inbox.Ready]+l.Unsent != 0 {
			t.Errorf("of nothing: %+v, %v", l, err)
		}
		before := time.Now().Truncate(time.Microsecond)
		add(t, b, turn("100.1"), turn("100.2"))
		x := claim(t, b)
		x.Answer = json.RawMessage(`{}`)
		parts := []inbox.Part{
			{Number: 1, Kind: "post", Channel: "C", Payload: json.RawMessage(`{}`), State: inbox.Intent},
			{Number: 2, Kind: "post", Channel: "C", Payload: json.RawMessage(`{}`), State: inbox.Done},
		}
		if err = b.Store(t.Context(), x, nil, parts); err != nil {
			t.Fatal(err)
		}
		l, err = b.GetLoad(t.Context())
		if err != nil || l.Open[inbox.Received] != 1 || l.Open[inbox.Ready] != 1 || l.Unsent != 1 || l.Oldest.Before(before) {
			t.Errorf("%+v, %v", l, err)
		}
		if _, err = b.End(t.Context(), x, inbox.Sent, nil, false); err != nil {
			t.Fatal(err)
		}
		if l, err = b.GetLoad(t.Context()); err != nil || l.Open[inbox.Ready] != 0 || l.Unsent != 0 {
			t.Errorf("after its end: %+v, %v", l, err)
		}
	})
}
