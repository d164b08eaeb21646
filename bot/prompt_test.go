package bot_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tiktoken-go/tokenizer"

	"rollcall/bot"
	"rollcall/prompts"
)

// fixedPart is what a request begins with, as Chat Completions writes it.
func fixedPart(t *testing.T, r bot.Request) string {
	t.Helper()
	type function struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Strict      bool   `json:"strict"`
		Parameters  any    `json:"parameters"`
	}
	var all []map[string]any
	for _, d := range r.Tools {
		all = append(all, map[string]any{"type": "function", "function": function{d.Name, d.Description, true, d.Schema}})
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + r.Instructions
}

func glossary() prompts.Instructions {
	return prompts.Instructions{Glossary: prompts.Glossary{FreePercent: 50, WeekStart: time.Monday, SprintWeeks: 2, FiscalYearStart: time.January}}
}

func TestInstructionsAndToolsStayWithinTheirTokensWhateverTheCompanysSize(t *testing.T) {
	t.Parallel()
	model := &script{steps: []step{call("decline", `{"reason":"out_of_scope","understood":null,"hint":null}`)}}
	r := newRig(t, model)
	r.bot.Prompt = glossary()
	r.ask(t, question("hello"))
	small := fixedPart(t, model.seen[0])
	write, _ := r.store.SQL()
	if _, err := write.ExecContext(t.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO "user" ("id", "name", "email", "emailVerified", "access", "capacity", "active", "createdAt", "updatedAt")
SELECT 'p' || i, 'Person ' || i, 'p' || i || '@x.example', true, 'staff', 100, true, '2026-11-25 09:00:00+00:00', '2026-11-25 09:00:00+00:00' FROM n`); err != nil {
		t.Fatal(err)
	}
	model.seen = nil
	r.ask(t, question("hello"))
	if large := fixedPart(t, model.seen[0]); large != small {
		t.Error("the fixed part of the prompt changed with the company")
	}
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := codec.Count(small)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("tools, instructions and glossary are %d tokens (o200k_base), %d bytes", tokens, len(small))
	if tokens > 4500 {
		t.Errorf("%d tokens, at most 4,500", tokens)
	}
}

func TestThePromptsVersionIsInTheRecordAndTheCacheKey(t *testing.T) {
	t.Parallel()
	model := &script{steps: []step{call("count_skills", `{}`), say("")}}
	r := newRig(t, model)
	q := question("count")
	r.ask(t, q)
	version, err := prompts.Version()
	if err != nil {
		t.Fatal(err)
	}
	e, err := r.docs.Get(t.Context(), q.Turn)
	if err != nil || e.Prompt != version || model.seen[0].CacheKey != "rollcall:"+version {
		t.Errorf("%q %q %q %v", version, e.Prompt, model.seen[0].CacheKey, err)
	}
}
