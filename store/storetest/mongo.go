package storetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"rollcall/store"
)

// MongoVariable names the environment variable with the address of a MongoDB server to
// test against besides the one that the tests start.
const MongoVariable = "MONGODB_URI"

// mongoProgram is the server's program, which a test process builds once.
var mongoProgram struct {
	once sync.Once
	path string
	err  error
}

// mongoShared is the server that the tests of a process share.
var mongoShared struct {
	once   sync.Once
	server *MongoServer
	err    error
}

// MongoServer is a MongoDB-compatible server of its own, which a test may stop and start.
type MongoServer struct {
	Address string // mongodb://127.0.0.1:PORT, the same after every start

	dir   string
	stdin io.Closer
	cmd   *exec.Cmd
}

// Mongo names an empty database of its own on the process's server.
func Mongo(tb testing.TB) string {
	tb.Helper()
	mongoShared.once.Do(func() { mongoShared.server, mongoShared.err = newMongoServer() })
	if mongoShared.err != nil {
		tb.Fatalf("start the MongoDB-compatible server: %v", mongoShared.err)
	}
	return ownDatabase(tb, mongoShared.server.Address)
}

// GivenMongo names a database of its own on the server of the environment variable
// MONGODB_URI, dropped with the test. Without the variable it reports false.
func GivenMongo(tb testing.TB) (string, bool) {
	tb.Helper()
	given := os.Getenv(MongoVariable)
	if given == "" {
		return "", false
	}
	return ownDatabase(tb, given), true
}

func ownDatabase(tb testing.TB, address string) string {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal("read the server's address")
	}
	name := "t_" + strings.ReplaceAll(store.NewID(), "-", "")
	u.Path = "/" + name
	tb.Cleanup(func() {
		client, err := mongo.Connect(options.Client().ApplyURI(address))
		if err == nil {
			err = errors.Join(client.Database(name).Drop(context.Background()), client.Disconnect(context.Background()))
		}
		if err != nil {
			tb.Errorf("drop the test's documents: %v", err)
		}
	})
	return u.String()
}

// NewMongoServer starts a server for one test, which ends with it.
func NewMongoServer(tb testing.TB) *MongoServer {
	tb.Helper()
	s, err := newMongoServer()
	if err != nil {
		tb.Fatalf("start the MongoDB-compatible server: %v", err)
	}
	tb.Cleanup(func() {
		if err := errors.Join(s.Stop(), os.RemoveAll(s.dir)); err != nil {
			tb.Errorf("stop the MongoDB-compatible server: %v", err)
		}
	})
	return s
}

func newMongoServer() (*MongoServer, error) {
	mongoProgram.once.Do(func() { mongoProgram.path, mongoProgram.err = buildMongo() })
	if mongoProgram.err != nil {
		return nil, mongoProgram.err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "rollcall-mongo-")
	if err != nil {
		return nil, err
	}
	s := &MongoServer{Address: fmt.Sprintf("mongodb://127.0.0.1:%d", port), dir: dir}
	return s, s.Start()
}

// buildMongo compiles the server, which is a module of its own beside this package.
func buildMongo() (string, error) {
	root, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", "rollcall").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	dir, err := os.MkdirTemp("", "rollcall-mongoserver-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "mongoserver")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", path, ".")
	build.Dir = filepath.Join(strings.TrimSpace(string(root)), "store", "storetest", "mongoserver")
	if out, err := build.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("build the MongoDB-compatible server: %w: %s", err, out), os.RemoveAll(dir))
	}
	return path, nil
}

// Start starts the server with the data that it had.
func (s *MongoServer) Start() error {
	s.cmd = exec.CommandContext(context.Background(), mongoProgram.path, strings.TrimPrefix(s.Address, "mongodb://"), s.dir)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.stdin = stdin
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		return errors.Join(errors.New("the server did not come up"), s.Stop())
	}
	return nil
}

// Stop ends the server. Stopping one that is not there does nothing.
func (s *MongoServer) Stop() error {
	if s.cmd == nil {
		return nil
	}
	_ = s.stdin.Close()
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
	return nil
}

func stopMongo() error {
	if mongoShared.server == nil {
		return nil
	}
	return errors.Join(mongoShared.server.Stop(), os.RemoveAll(mongoShared.server.dir), os.RemoveAll(filepath.Dir(mongoProgram.path)))
}
