package offline_test
import ("testing";"os";"strings")
func TestDump(t *testing.T) { i := interpreter(t, sampleNames(t)); text, _ := os.ReadFile(os.Getenv("DUMP"))
	for line := range strings.Lines(string(text)) { line = strings.TrimSpace(line); if line == "" || line[0] == '#' { continue }
		line, _, _ = strings.Cut(line, " => "); println(line + " => " + strings.TrimPrefix(ask(t, i, user(line)), "propose_")) } }
