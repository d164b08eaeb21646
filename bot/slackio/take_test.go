package slackio

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/slack-go/slack"
)

func TestOnlyTheBotsOwnMessagesCountAsItsAnswers(t *testing.T) {
	t.Parallel()
	s := New(Config{Logger: slog.New(slog.DiscardHandler)})
	s.self.Store(&slack.AuthTestResponse{TeamID: "T", UserID: "UBOT", BotID: "BOURS"})
	for from, want := range map[string]bool{
		`"bot_id":"BOURS","user":"UBOT"`: true, `"bot_id":"BOURS"`: true, `"user":"UBOT"`: true,
		`"bot_id":"BTHEIRS","user":"UTHEIRS"`: false, `"bot_id":"BTHEIRS"`: false, `"subtype":"bot_message","bot_id":"BTHEIRS"`: false,
	} {
		turn := newTurn()
		event := fmt.Sprintf(`{"type":"event_callback","team_id":"T","event":{"type":"message","channel":"C","channel_type":"channel","ts":"1.1",%s,
"metadata":{"event_type":"rollcall_answer","event_payload":{"turn_id":%q,"part":0}}}}`, from, turn)
		if err := s.take(t.Context(), []byte(event)); err != nil {
			t.Fatal(err)
		}
		if _, found := s.echoes.get(turn, 0); found != want {
			t.Errorf("from %s: %v", from, found)
		}
	}
}
