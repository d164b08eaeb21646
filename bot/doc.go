// Package bot answers one question at a time: it keeps the conversation, lets a Model
// choose tools within limits, writes the answer from the tools' results and records the
// exchange. It knows neither Slack nor a model vendor nor SQL; children implement its
// interfaces, and the only road from a conversation to the company is a tool.
package bot
