package slackio

import (
	"html"
	"regexp"
	"strings"
)

// angles is what Slack puts between < and >: a mention, a channel, a command or a link.
// https://docs.slack.dev/messaging/formatting-message-text
var angles = regexp.MustCompile(`<([^<>\s][^<>]*)>`)

// question is a message's text as a person sees it: without the bot's own mention, links
// and channels as their labels. People's mentions stay, as <@U123>, for the resolver.
func question(text, botUser string) string {
	text = angles.ReplaceAllStringFunc(text, func(s string) string {
		target, label, hasLabel := strings.Cut(s[1:len(s)-1], "|")
		switch {
		case target == "@"+botUser && botUser != "":
			return " "
		case strings.HasPrefix(target, "@"):
			return "<" + target + ">"
		case hasLabel && strings.HasPrefix(target, "#"):
			return "#" + label
		case hasLabel:
			return label
		case strings.HasPrefix(target, "!"), strings.HasPrefix(target, "#"):
			return " "
		}
		return strings.TrimPrefix(target, "mailto:")
	})
	return strings.TrimSpace(html.UnescapeString(text))
}

// mentions reports whether the text mentions the user.
func mentions(text, user string) bool {
	return user != "" && (strings.Contains(text, "<@"+user+">") || strings.Contains(text, "<@"+user+"|"))
}

// escaper writes the three characters that Slack reads in text; the two others would make
// bold type and code of what is data.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "*", "∗", "`", "ˋ")

// escape makes data of text for Slack's mark-up: no mentions, no links, no bold.
func escape(s string) string { return escaper.Replace(s) }

// cut shortens text to n characters.
func cut(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}
