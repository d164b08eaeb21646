package storetest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"rollcall/store/storetest"
)

// runElsewhere runs a test that needs both databases on a machine without PostgreSQL.
func runElsewhere(t *testing.T, ci string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "test", "-v", "-count=1", "-run", "TestANewStoreIsAtTheLatestSchema", "rollcall/store")
	cmd.Env = append(os.Environ(), storetest.URLVariable+"=none", "CI="+ci)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestWithoutPostgresTheTestsFailUnderCI(t *testing.T) {
	t.Parallel()
	if out, err := runElsewhere(t, "true"); err == nil || !strings.Contains(out, "PostgreSQL is not installed") {
		t.Errorf("error %v:\n%s", err, out)
	}
}

func TestWithoutPostgresTheTestsSayElsewhereWhatTheyLeaveOut(t *testing.T) {
	t.Parallel()
	if out, err := runElsewhere(t, ""); err != nil || !strings.Contains(out, "NOT TESTED on PostgreSQL") {
		t.Errorf("error %v:\n%s", err, out)
	}
}
