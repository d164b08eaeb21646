package main

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// instruction is one line of a Dockerfile.
type instruction struct{ name, rest string }

// stages reads the Dockerfile's stages, each from its FROM.
func stages(t *testing.T) [][]instruction {
	t.Helper()
	var all [][]instruction
	text := regexp.MustCompile(`\\\n\s*`).ReplaceAllString(readFile(t, "Dockerfile"), "")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, " ")
		if !regexp.MustCompile(`^[A-Z]+$`).MatchString(name) {
			t.Errorf("the Dockerfile has a line that is no instruction: %s", line)
		}
		if name == "FROM" {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], instruction{name, strings.TrimSpace(rest)})
	}
	return all
}

// only returns what follows the instruction, of which there is one.
func only(t *testing.T, stage []instruction, name string) string {
	t.Helper()
	var found []string
	for _, i := range stage {
		if i.name == name {
			found = append(found, i.rest)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the image has %d instructions %s", len(found), name)
	}
	return found[0]
}

func TestTheImageRunsAsNobodyInParticularAndChecksItsOwnHealth(t *testing.T) {
	t.Parallel()
	all := stages(t)
	if len(all) != 2 {
		t.Fatalf("the Dockerfile has %d stages", len(all))
	}
	image := all[1]
	if user := only(t, image, "USER"); !regexp.MustCompile(`^[1-9]\d+:[1-9]\d+$`).MatchString(user) {
		t.Errorf("the user is %s: a number that is not root's is checked where pods must not be root", user)
	}
	if from := only(t, image, "FROM"); from != "scratch" {
		t.Errorf("the image is made from %s", from)
	}
	_, command, _ := strings.Cut(only(t, image, "HEALTHCHECK"), "CMD ")
	var words []string
	if err := yaml.Unmarshal([]byte(command), &words); err != nil || len(words) != 2 || words[0] != "/rollcall" {
		t.Fatalf("the health check is %q, %v; there is no shell", command, err)
	}
	for _, name := range []string{words[1], "serve"} {
		if code, _, _ := rollcall(t, "", name, "--help"); code != 0 {
			t.Errorf("there is no command %s", name)
		}
	}
	if only(t, image, "ENTRYPOINT") != `["/rollcall"]` || only(t, image, "CMD") != `["serve"]` || only(t, image, "VOLUME") != "/data" {
		t.Errorf("%v", image)
	}
	for setting := range strings.FieldsSeq(only(t, image, "ENV")) {
		name, value, _ := strings.Cut(setting, "=")
		if !isSetting(name) || strings.HasPrefix(name, "DATABASE") && !strings.HasPrefix(value, "sqlite:///data/") {
			t.Errorf("the image sets %s", setting)
		}
	}
	for _, i := range image {
		if i.name == "RUN" {
			t.Errorf("the image runs %q, and has nothing to run", i.rest)
		}
		if i.name == "COPY" && !strings.HasPrefix(i.rest, "--from=build ") {
			t.Errorf("the image takes %q from outside its build", i.rest)
		}
	}
}

func isSetting(name string) bool {
	found := false
	eachSetting(reflect.TypeFor[Config](), func(f reflect.StructField) { found = found || f.Tag.Get("env") == name })
	return found
}

func TestTheImagesBuildMakesAProgramThatNeedsNothingOfASystem(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it compiles everything with other flags")
	}
	var command string
	for _, i := range stages(t)[0] {
		if i.name == "RUN" && strings.Contains(i.rest, "go build") {
			command = i.rest
		}
		if i.name == "COPY" {
			for _, from := range strings.Fields(i.rest)[:len(strings.Fields(i.rest))-1] {
				if _, err := os.Stat(root + from); err != nil {
					t.Errorf("the build copies %s: %v", from, err)
				}
			}
		}
	}
	out := filepath.Join(t.TempDir(), "rollcall")
	command = strings.ReplaceAll(command, "/out/rollcall", out)
	build := exec.CommandContext(t.Context(), "sh", "-c", command)
	build.Dir, build.Env = root, append(os.Environ(), "VERSION=7.8.9")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, said)
	}
	f, err := elf.Open(out)
	if err != nil && runtime.GOOS != "linux" {
		t.Skipf("NOT TESTED what the program needs: it is none for Linux: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program wants %s", p.Type)
		}
	}
	said, err := exec.CommandContext(t.Context(), out, "--version").Output()
	if err != nil || strings.TrimSpace(string(said)) != "7.8.9" {
		t.Errorf("its version is %q, %v", said, err)
	}
}

// composed is what is read of docker-compose.yml.
type composed struct {
	Services map[string]struct {
		Image       string
		Restart     string
		Environment map[string]string
		Volumes     []string
		Ports       []string
		Healthcheck struct{ Test []string }
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
		ReadOnly    bool                                  `yaml:"read_only"`
		Grace       string                                `yaml:"stop_grace_period"`
	}
	Volumes map[string]any
}

func TestTheServicesOfTheComposeFileAreNamedCheckedAndKeepTheirData(t *testing.T) {
	t.Parallel()
	text := readFile(t, "docker-compose.yml")
	var all composed
	if err := yaml.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Services) != 3 {
		t.Errorf("there are %d services", len(all.Services))
	}
	for name, s := range all.Services {
		image, tag, hasTag := strings.Cut(s.Image, ":")
		if !hasTag || tag == "latest" || strings.ContainsAny(image, "/.") {
			t.Errorf("%s: the image %q has no version, or names a registry", name, s.Image)
		}
		if s.Restart != "unless-stopped" || len(s.Healthcheck.Test) < 2 || s.Grace == "" || len(s.Volumes) == 0 {
			t.Errorf("%s lacks a restart policy, a health check, time to end or a volume: %+v", name, s)
		}
		for _, v := range s.Volumes {
			volume, _, _ := strings.Cut(v, ":")
			if _, declared := all.Volumes[volume]; !declared {
				t.Errorf("%s: the volume %s is not declared", name, volume)
			}
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s is open to the network: %s", name, p)
			}
		}
	}
	ours := all.Services["rollcall"]
	for name := range ours.Environment {
		if !isSetting(name) {
			t.Errorf("there is no setting %s", name)
		}
	}
	if check := ours.Healthcheck.Test; fmt.Sprint(check) != "[CMD /rollcall health]" || !ours.ReadOnly || ours.DependsOn["postgres"].Condition != "service_healthy" || ours.DependsOn["mongo"].Condition != "service_healthy" {
		t.Errorf("%+v", ours)
	}
}

func TestTheComposeFileHoldsNoSecretAndRefusesToStartWithoutThem(t *testing.T) {
	t.Parallel()
	var all composed
	if err := yaml.Unmarshal([]byte(readFile(t, "docker-compose.yml")), &all); err != nil {
		t.Fatal(err)
	}
	demanded := regexp.MustCompile(`\$\{([A-Z_]+):\?[^}]+\}`)
	var found []string
	for name, s := range all.Services {
		for variable, value := range s.Environment {
			for _, m := range demanded.FindAllStringSubmatch(value, -1) {
				found = append(found, m[1])
			}
			isSecret := strings.Contains(variable, "PASSWORD") || strings.Contains(value, "@")
			if isSecret && !demanded.MatchString(value) {
				t.Errorf("%s: %s is written out", name, variable)
			}
		}
	}
	slices.Sort(found)
	if want := []string{"MONGO_PASSWORD", "MONGO_PASSWORD", "POSTGRES_PASSWORD", "POSTGRES_PASSWORD"}; !slices.Equal(found, want) {
		t.Errorf("it demands %v", found)
	}
	ignored := readFile(t, ".dockerignore")
	for _, name := range []string{".env", "*.env", ".git", "*.db"} {
		if !strings.Contains(ignored, "\n"+name+"\n") {
			t.Errorf(".dockerignore lets %s into the image's build", name)
		}
	}
}
