package plaintext_test

import (
	"testing"

	"rollcall/plaintext"
)

func TestHiddenCharactersAndMentionsAreDropped(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"":                         "",
		"Zoë Müller":               "Zoë Müller",
		"a\u202eb\u200bc\x1b[31md": "abc[31md",
		"<!channel> and <@U1>":     "‹!channel› and ‹@U1›",
		"two\nlines\r":             "two\nlines",
		"\ue000private":            "private",
	} {
		if got := plaintext.Of(given); got != want {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}
