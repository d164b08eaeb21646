package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver named pgx
	"rollcall/store"
)

// URLVariable names the environment variable with the address of a PostgreSQL server to
// test against instead of starting one. Its user must be allowed to create schemas. The
// value "none" behaves as on a machine without PostgreSQL.
const URLVariable = "ROLLCALL_TEST_POSTGRES"

var errMissing = errors.New("PostgreSQL is not installed (Debian: apt-get install postgresql) and " + URLVariable + " is not set")

// server is the one PostgreSQL server of a test process.
var server struct {
	once sync.Once
	url  string
	stop func() error
	err  error
}

// PostgresURL names an empty schema of its own on the process's server, dropped with the
// test. Without a server the test fails under CI and is skipped, aloud, elsewhere.
func PostgresURL(tb testing.TB) string {
	tb.Helper()
	server.once.Do(func() { server.url, server.stop, server.err = startServer() })
	checkStarted(tb, server.err)
	schema := "t_" + strings.ReplaceAll(store.NewID(), "-", "")
	admin(tb, `create schema "`+schema+`"`)
	tb.Cleanup(func() { admin(tb, `drop schema "`+schema+`" cascade`) })
	u, err := url.Parse(server.url)
	if err != nil {
		tb.Fatalf("read the server's address: %v", err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// DurablePostgresURL names a database of its own on a server of its own that writes to the
// disk before it says that something is committed, as the ones that people trust do; it ends
// with the benchmark. On a server that URLVariable names it is what PostgresURL returns.
func DurablePostgresURL(tb testing.TB) string {
	tb.Helper()
	if given := os.Getenv(URLVariable); given != "" {
		return PostgresURL(tb)
	}
	address, stop, err := startOwn()
	checkStarted(tb, err)
	tb.Cleanup(func() {
		if err := stop(); err != nil {
			tb.Errorf("stop PostgreSQL: %v", err)
		}
	})
	return address
}

func checkStarted(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, errMissing) && os.Getenv("CI") == "" {
		fmt.Fprintf(os.Stderr, "NOT TESTED on PostgreSQL: %s: %v\n", tb.Name(), err)
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatalf("start PostgreSQL: %v", err)
	}
}

func admin(tb testing.TB, statement string) {
	tb.Helper()
	db, err := sql.Open("pgx", server.url)
	if err != nil {
		tb.Fatalf("reach PostgreSQL: %v", err)
	}
	defer db.Close()
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

func stopServer() error {
	if server.stop == nil {
		return nil
	}
	return server.stop()
}

// startServer starts a server without fsync: its data lives as long as the tests.
func startServer() (string, func() error, error) {
	switch given := os.Getenv(URLVariable); given {
	case "":
	case "none":
		return "", nil, errMissing
	default:
		return given, nil, nil
	}
	return startOwn("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
}

// startOwn runs initdb and postgres from the installed binaries in a temporary folder, on a
// free loopback port.
func startOwn(settings ...string) (string, func() error, error) {
	bin, err := findBinaries()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "rollcall-postgres-")
	if err != nil {
		return "", nil, err
	}
	cred, err := unprivileged(dir)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	address, stop, err := runServer(bin, dir, cred, settings)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return address, func() error { return errors.Join(stop(), os.RemoveAll(dir)) }, nil
}

func runServer(bin, dir string, cred *syscall.Credential, settings []string) (string, func() error, error) {
	data := filepath.Join(dir, "data")
	initdb := command(cred, dir, filepath.Join(bin, "initdb"), "--pgdata", data, "--username", "rollcall", "--auth", "trust",
		"--encoding", "UTF8", "--no-locale", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", nil, err
	}
	postgres := command(cred, dir, filepath.Join(bin, "postgres"), append([]string{
		"-D", data, "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", "", "-c", "max_connections=300",
	}, settings...)...)
	postgres.Stdout, postgres.Stderr = log, log
	if err := postgres.Start(); err != nil {
		return "", nil, errors.Join(err, log.Close())
	}
	stop := func() error {
		stopped := postgres.Process.Signal(syscall.SIGINT) // a fast shutdown: ends sessions, then the server
		_ = postgres.Wait()
		return errors.Join(stopped, log.Close())
	}
	address := fmt.Sprintf("postgres://rollcall@127.0.0.1:%d/postgres?sslmode=disable", port)
	if err := waitFor(address); err != nil {
		return "", nil, errors.Join(err, stop())
	}
	return address, stop, nil
}

// command runs a server's program so that it dies with the test process, however that ends.
func command(cred *syscall.Credential, dir, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), path, args...)
	cmd.Dir, cmd.Env = dir, []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred, Pdeathsig: syscall.SIGINT}
	return cmd
}

// findBinaries looks where Debian keeps the newest server, then in PATH.
func findBinaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err == nil && len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errMissing
}

// unprivileged gives the folder to the user postgres when root runs the tests, because
// the server refuses to run as root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMissing, err)
	}
	uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr, os.Chown(dir, int(uid), int(gid))); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once; there is nothing to cancel
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func waitFor(address string) error {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return err
	}
	defer db.Close()
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := db.PingContext(context.Background())
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}
