// Package admin is the API for administrators and their scripts: every entity and every
// conversation, behind rights, with a trail. Each resource is one file that lists its
// fields, and one line in admin.go. It never knows the bot.
package admin
