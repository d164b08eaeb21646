// Package signin says who calls the admin API. People sign in with a password, with a code
// that Slack brings them, or with Slack; sessions are rows in better-auth's formats, so that
// an application that uses better-auth on the same database and with the same secret takes
// ours for its own, and the other way round. Its README tells what is kept where and why.
package signin
