package slackio

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"go.yaml.in/yaml/v3"
)

func manifest(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := yaml.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTheManifestsSayWhatSlackKnowsAndTheBotNeeds(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"../../slack-manifest.yaml", "../../slack-manifest.http.yaml"} {
		text, err := json.Marshal(manifest(t, file))
		if err != nil {
			t.Fatal(err)
		}
		var typed slack.Manifest
		if err = json.Unmarshal(text, &typed); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(typed)
		if err != nil {
			t.Fatal(err)
		}
		var before, after map[string]any
		if err = json.Unmarshal(text, &before); err != nil {
			t.Fatal(err)
		}
		if err = json.Unmarshal(again, &after); err != nil {
			t.Fatal(err)
		}
		for _, gone := range missingKeys("", before, after) {
			t.Errorf("%s: %s is nothing that a manifest has", file, gone)
		}
		if diff := cmp.Diff(neededScopes, typed.OAuthConfig.Scopes.Bot); diff != "" {
			t.Errorf("%s: needed scopes (-code +manifest):\n%s", file, diff)
		}
		if diff := cmp.Diff(optionalScopes, typed.OAuthConfig.Scopes.BotOptional); diff != "" {
			t.Errorf("%s: optional scopes (-code +manifest):\n%s", file, diff)
		}
	}
}

// missingKeys names what the first has and the second has not, or has otherwise. What is
// false or empty may be left out.
func missingKeys(path string, before, after any) (all []string) {
	switch b := before.(type) {
	case map[string]any:
		a, _ := after.(map[string]any)
		for name, value := range b {
			all = append(all, missingKeys(path+"."+name, value, a[name])...)
		}
	case bool:
		if b && after != true {
			return []string{path}
		}
	default:
		if !reflect.DeepEqual(before, after) {
			return []string{path}
		}
	}
	slices.Sort(all)
	return all
}

func TestTheTwoManifestsDifferOnlyInHowEventsCome(t *testing.T) {
	t.Parallel()
	socket, http := manifest(t, "../../slack-manifest.yaml"), manifest(t, "../../slack-manifest.http.yaml")
	settings := http["settings"].(map[string]any)
	settings["socket_mode_enabled"] = true
	delete(settings["event_subscriptions"].(map[string]any), "request_url")
	delete(settings["interactivity"].(map[string]any), "request_url")
	delete(http["oauth_config"].(map[string]any), "redirect_urls")
	features := http["features"].(map[string]any)
	delete(features["slash_commands"].([]any)[0].(map[string]any), "url")
	if diff := cmp.Diff(socket, http); diff != "" {
		t.Errorf("(-socket +http):\n%s", diff)
	}
}
