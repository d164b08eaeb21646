// Package resolve turns the user's word for a person or a thing into exactly one of the
// company's, or says which ones it could be, or that there is none. Case, accents,
// punctuation, aliases and small typos are forgiven; a tie is never broken silently.
//
// An Index is built once from all names and is safe for concurrent use. It imports
// nothing of the database: callers bring the entries.
package resolve
