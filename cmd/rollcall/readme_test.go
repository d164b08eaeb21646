package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../../"

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(root + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheReadmesFolderMapIsTheTree(t *testing.T) {
	t.Parallel()
	readme := readFile(t, "README.md")
	_, after, found := strings.Cut(readme, "<!-- folder map -->")
	section, _, ended := strings.Cut(after, "<!-- end of folder map -->")
	if !found || !ended {
		t.Fatal("README.md has no folder map between its two marks")
	}
	var named []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z/_]+)/ `).FindAllStringSubmatch(section, -1) {
		named = append(named, m[1])
	}
	var there []string
	for _, p := range listPackages(t) {
		there = append(there, strings.TrimPrefix(p.ImportPath, "rollcall/"))
	}
	slices.Sort(named)
	slices.Sort(there)
	if !slices.Equal(named, there) {
		t.Errorf("README.md maps\n%v\nthe tree has\n%v", named, there)
	}
}

func TestTheReadmeNamesEverySetting(t *testing.T) {
	t.Parallel()
	readme := readFile(t, "README.md")
	eachSetting(reflect.TypeFor[Config](), func(f reflect.StructField) {
		if name := f.Tag.Get("env"); name == "" || !strings.Contains(readme, "`"+name+"`") {
			t.Errorf("README.md does not describe the setting %s (%s)", f.Name, name)
		}
	})
}

func TestTheReadmeIsShortAndCIRunsItsTestCommand(t *testing.T) {
	t.Parallel()
	readme := readFile(t, "README.md")
	if n := strings.Count(readme, "\n"); n > 200 {
		t.Errorf("README.md has %d lines, at most 200 are read", n)
	}
	if !strings.Contains(readme, "\nmake test\n") || !strings.Contains(readFile(t, ".ci/run"), "\nmake test\n") {
		t.Error("README.md and .ci/run must both run exactly: make test")
	}
}
