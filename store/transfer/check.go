package transfer

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"

	"rollcall/store/civil"
)

// The checks return the value as it is stored, or what is wrong with it in words that
// follow the cell: `capacity "900": must be …`.

func wholeNumber(low, high int) func(string) (string, string) {
	return func(s string) (string, string) {
		n, err := strconv.Atoi(s)
		if err != nil || n < low || n > high {
			return "", fmt.Sprintf("must be a whole number from %d to %d", low, high)
		}
		return strconv.Itoa(n), ""
	}
}

func oneOf(values ...string) func(string) (string, string) {
	return func(s string) (string, string) {
		if v := strings.ToLower(s); slices.Contains(values, v) {
			return v, ""
		}
		return "", "must be one of " + strings.Join(values, ", ")
	}
}

func aDay(s string) (string, string) {
	if _, err := civil.Parse(s); err != nil {
		return "", "must be a day written YYYY-MM-DD"
	}
	return s, ""
}

func aZone(s string) (string, string) {
	if _, err := time.LoadLocation(s); err != nil || s == "Local" {
		return "", "must be a time zone such as Europe/Berlin"
	}
	return s, ""
}

func anAddress(s string) (string, string) {
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		return "", "must be an e-mail address"
	}
	return strings.ToLower(s), ""
}

// list writes the values between | as a JSON array.
func list(s string) (string, string) {
	values := []string{}
	for part := range strings.SplitSeq(s, "|") {
		if part = strings.TrimSpace(part); part != "" {
			values = append(values, part)
		}
	}
	encoded, err := json.Marshal(values)
	if err != nil {
		return "", "cannot be read as a list"
	}
	return string(encoded), ""
}
