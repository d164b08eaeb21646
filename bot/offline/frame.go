package offline

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/tools/resolve"
)

// frame is one kind of question: what must be said, what may be said, and the call it is.
type frame struct {
	name   string
	tool   string
	set    map[string]string
	rename map[string]string // a slot under another argument's name
	needs  [][]string        // each line: one of these
	slots  map[string]bool   // what else may be filled
	allow  map[string]bool   // features that change nothing
	drop   map[string]bool   // slots that are said and not passed on
}

func readFrames() ([]frame, error) {
	text, err := files.ReadFile("frames.txt")
	if err != nil {
		return nil, fmt.Errorf("read the frames: %w", err)
	}
	var all []frame
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		if words[0] == "frame" && len(words) == 2 {
			all = append(all, frame{name: words[1], set: map[string]string{}, rename: map[string]string{}, slots: map[string]bool{}, allow: map[string]bool{}, drop: map[string]bool{}})
			continue
		}
		if len(all) == 0 || !all[len(all)-1].read(words[0], words[1:]) {
			return nil, fmt.Errorf("frames.txt: cannot read %q", strings.TrimSpace(line))
		}
	}
	return all, nil
}

func (f *frame) read(what string, words []string) bool {
	switch what {
	case "tool":
		f.tool = words[0]
	case "set", "rename":
		for _, w := range words {
			name, value, found := strings.Cut(w, "=")
			if !found {
				return false
			}
			if what == "set" {
				f.set[name] = value
			} else {
				f.rename[name] = value
			}
		}
	case "need":
		f.needs = append(f.needs, words)
		for _, w := range words {
			if slot, isSlot := strings.CutPrefix(w, "@"); isSlot {
				f.slots[slot] = true
			} else {
				f.allow[w] = true
			}
		}
	case "slots":
		mark(f.slots, words)
	case "allow":
		mark(f.allow, words)
	case "drop":
		mark(f.drop, words)
	default:
		return false
	}
	return true
}

func mark(set map[string]bool, words []string) {
	for _, w := range words {
		set[w] = true
	}
}

// fits reports whether the frame explains everything that was said.
func (f *frame) fits(s *said) bool {
	for slot, values := range s.slots {
		if !f.slots[slot] && (slot != "period" || !isNow(values[0].text)) {
			return false
		}
	}
	for _, features := range s.features {
		if !slices.ContainsFunc(features, func(w string) bool { return w == filler || f.allow[w] }) {
			return false
		}
	}
	return !slices.ContainsFunc(f.needs, func(line []string) bool { return !s.hasAny(line) })
}

// isNow reports whether words for a time only say what a question means anyway: "who is
// on Apollo at the moment".
func isNow(text string) bool {
	switch strings.TrimPrefix(resolve.Fold(text), "for ") {
	case "now", "right now", "at the moment", "currently", "at present", "presently", "jetzt", "aktuell", "derzeit", "momentan", "gerade",
		"actuellement", "maintenant", "en ce moment", "ahora", "ahora mismo", "actualmente":
		return true
	}
	return false
}

// weight prefers frames that need more.
func (f *frame) weight() int { return len(f.needs) }
