package fakeslack

import (
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Transcript is everything that was said, by channel.
func (s *Server) Transcript() map[string][]Message {
	s.mu.Lock()
	names := make([]string, 0, len(s.messages))
	for name := range s.messages {
		names = append(names, name)
	}
	s.mu.Unlock()
	all := map[string][]Message{}
	for _, name := range names {
		all[name] = s.Messages(name)
	}
	return all
}

func (s *Server) serveTranscript(w http.ResponseWriter, _ *http.Request) {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(s.Transcript())
}

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html><meta charset="utf-8"><title>Fake Slack</title>
<style>body{font:15px/1.45 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2em .5em;text-align:left}
.m{border-left:3px solid #ddd;margin:.6em 0;padding:0 .8em}.bot{border-color:#4a154b}.reply{margin-left:2em}small{color:#666}form{display:inline}p{margin:.3em 0}</style>
<h1>Fake Slack</h1>
<form method="post" action="/page/say"><select name="user">{{range .Users}}<option value="{{.ID}}"{{if eq .ID $.User}} selected{{end}}>{{.Name}}</option>{{end}}</select>
in <select name="channel"><option value="DM">direct message</option>{{range .Channels}}<option>{{.}}</option>{{end}}</select>
<input name="text" size="50" autofocus placeholder="Who knows Go?"> <button>Say</button> <small>in a channel the bot is mentioned</small></form>
<form method="post" action="/page/command"><input type="hidden" name="user" value="{{.User}}">/rollcall <input name="text" placeholder="help"><button>Send</button></form>
<form method="post" action="/page/home"><input type="hidden" name="user" value="{{.User}}"><button>Open home</button></form>
{{if .Said}}<p><small>for you alone:</small> {{.Said}}</p>{{end}}
{{range .Forms}}<form method="post" action="/page/submit"><h3>{{.Title}}</h3><input type="hidden" name="callback" value="{{.Callback}}"><input type="hidden" name="metadata" value="{{.Metadata}}"><input type="hidden" name="field" value="{{.Field}}">
<p>{{.Label}}</p><textarea name="value" rows="3" cols="60"></textarea> <button>Send</button></form>{{end}}
{{if .Home}}<h3>Home</h3>{{.Home}}{{end}}
{{range .Threads}}<h3>{{.Name}}</h3>{{range .Messages}}<div class="m{{if .BotID}} bot{{end}}{{if .ThreadTS}} reply{{end}}">
<small>{{.User}} {{.TS}}{{if .OnlyFor}} · only for {{.OnlyFor}}{{end}}{{if .Stream}} · {{.Stream}}{{end}}</small>
{{if .Blocks}}{{.HTML}}{{else}}<p>{{.Text}}</p>{{end}}</div>{{end}}{{end}}`))

// servePage shows all channels. Blocks are drawn in Go, as the template would be longer.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	view := struct {
		User, Said string
		Users      []User
		Channels   []string
		Threads    []pageThread
		Home       template.HTML
		Forms      []pageForm
	}{User: pageUser(r), Said: r.URL.Query().Get("said")}
	s.mu.Lock()
	for _, u := range s.users {
		if !u.IsBot {
			view.Users = append(view.Users, u)
		}
	}
	for id, c := range s.channels {
		if c.IM == "" {
			view.Channels = append(view.Channels, id)
		}
	}
	home := s.views[view.User]
	for _, m := range s.modals {
		view.Forms = append(view.Forms, formOf(m))
	}
	s.mu.Unlock()
	slices.SortFunc(view.Users, func(a, b User) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(view.Channels)
	for name, messages := range s.Transcript() {
		t := pageThread{Name: name}
		for _, m := range messages {
			t.Messages = append(t.Messages, pageMessage{m, draw(m.Blocks, m.Channel, m.TS)})
		}
		view.Threads = append(view.Threads, t)
	}
	slices.SortFunc(view.Threads, func(a, b pageThread) int { return strings.Compare(a.Name, b.Name) })
	if h, ok := home.(map[string]any); ok {
		blocks, _ := h["blocks"].([]any)
		view.Home = draw(blocks, "", "")
	}
	_ = pageTemplate.Execute(w, view)
}

type pageThread struct {
	Name     string
	Messages []pageMessage
}

type pageMessage struct {
	Message
	HTML template.HTML
}

// pageForm is a form with one field.
type pageForm struct{ Title, Callback, Metadata, Field, Label string }

func formOf(v any) pageForm {
	view, _ := v.(map[string]any)
	f := pageForm{Title: textOf(map[string]any{"text": view["title"]}), Callback: str(view["callback_id"]), Metadata: str(view["private_metadata"])}
	blocks, _ := view["blocks"].([]any)
	for _, b := range blocks {
		block, _ := b.(map[string]any)
		f.Field, f.Label = str(block["block_id"]), textOf(map[string]any{"text": block["label"]})
	}
	return f
}

// pageSubmit sends a form. One that the app takes is closed.
func (s *Server) pageSubmit(w http.ResponseWriter, r *http.Request) {
	user, metadata := pageUser(r), r.FormValue("metadata")
	said := string(s.Submit(user, r.FormValue("callback"), metadata, r.FormValue("field"), r.FormValue("value")))
	if !strings.Contains(said, "response_action") {
		s.mu.Lock()
		s.modals = slices.DeleteFunc(s.modals, func(m any) bool { return formOf(m).Metadata == metadata })
		s.mu.Unlock()
	}
	back(w, r, user, said)
}

var dates = regexp.MustCompile(`<!date\^[^|>]*\|([^>]*)>`)

// asRead writes dates as a reader without a clock sees them.
func asRead(s string) string { return dates.ReplaceAllString(s, "$1") }

// draw writes blocks as HTML, everything in them as text.
func draw(blocks []any, channel, ts string) template.HTML {
	var b strings.Builder
	esc := template.HTMLEscapeString
	for _, v := range blocks {
		block, _ := v.(map[string]any)
		elements, _ := block["elements"].([]any)
		switch block["type"] {
		case "table":
			b.WriteString("<table>")
			rows, _ := block["rows"].([]any)
			for _, r := range rows {
				b.WriteString("<tr>")
				cells, _ := r.([]any)
				for _, c := range cells {
					b.WriteString("<td>" + esc(textOf(c)) + "</td>")
				}
				b.WriteString("</tr>")
			}
			b.WriteString("</table>")
		case "actions", "context_actions":
			for _, e := range elements {
				b.WriteString(buttons(e, channel, ts))
			}
		case "context":
			for _, e := range elements {
				b.WriteString("<p><small>" + esc(asRead(textOf(e))) + "</small></p>")
			}
		default:
			b.WriteString("<p>" + strings.ReplaceAll(esc(asRead(textOf(block))), "\n", "<br>") + "</p>")
		}
	}
	return template.HTML(b.String()) // every text in it is escaped above
}

func textOf(v any) string {
	m, _ := v.(map[string]any)
	switch t := m["text"].(type) {
	case string:
		return t
	case map[string]any:
		return textOf(t)
	}
	return ""
}

func buttons(v any, channel, ts string) string {
	e, _ := v.(map[string]any)
	if e["type"] == "feedback_buttons" {
		var out strings.Builder
		for _, side := range []string{"positive_button", "negative_button"} {
			b, _ := e[side].(map[string]any)
			out.WriteString(button(textOf(b), channel, ts, str(e["action_id"]), str(b["value"]), "", nil))
		}
		return out.String()
	}
	return button(textOf(e), channel, ts, str(e["action_id"]), str(e["value"]), str(e["url"]), e["confirm"])
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

func button(label, channel, ts, action, value, link string, dialog any) string {
	esc := template.HTMLEscapeString
	if strings.HasPrefix(link, "http") {
		return `<a href="` + esc(link) + `">` + esc(label) + `</a> `
	}
	field := func(name, value string) string {
		return `<input type="hidden" name="` + name + `" value="` + esc(value) + `">`
	}
	ask := ""
	if d, ok := dialog.(map[string]any); ok {
		ask = ` onclick="return confirm('` + esc(template.JSEscapeString(textOf(d))) + `')"`
	}
	return `<form method="post" action="/page/click">` + field("channel", channel) + field("ts", ts) + field("action", action) + field("value", value) +
		`<button` + ask + `>` + esc(label) + `</button></form> `
}

func (s *Server) pageSay(w http.ResponseWriter, r *http.Request) {
	user, channel, text := r.FormValue("user"), r.FormValue("channel"), r.FormValue("text")
	if channel == "DM" {
		channel = s.DM(user)
	} else {
		text = Mention + text
	}
	s.Say(user, channel, "", text)
	back(w, r, user, "")
}

func (s *Server) pageClick(w http.ResponseWriter, r *http.Request) {
	user := pageUser(r)
	back(w, r, user, string(s.Click(user, r.FormValue("channel"), r.FormValue("ts"), r.FormValue("action"), r.FormValue("value"))))
}

func (s *Server) pageCommand(w http.ResponseWriter, r *http.Request) {
	user := pageUser(r)
	back(w, r, user, s.Command(user, s.DM(user), r.FormValue("text")))
}

func (s *Server) pageHome(w http.ResponseWriter, r *http.Request) {
	user := pageUser(r)
	s.OpenTab(user, "home")
	back(w, r, user, "")
}

// pageUser is who sits before the page; the last one who said something.
func pageUser(r *http.Request) string {
	if user := r.FormValue("user"); user != "" {
		return user
	}
	if c, err := r.Cookie("user"); err == nil {
		return c.Value
	}
	return ""
}

func back(w http.ResponseWriter, r *http.Request, user, said string) {
	http.SetCookie(w, &http.Cookie{Name: "user", Value: user, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/?"+url.Values{"said": {said}}.Encode(), http.StatusSeeOther)
}
