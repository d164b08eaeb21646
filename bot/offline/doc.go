// Package offline reads questions without a language model. It spots names and periods,
// looks up every other word in a lexicon of data files (English, German, French,
// Spanish) and asks the frames, also data, which look-up explains all that was said. A
// word that no frame explains makes it abstain: it would rather say what it understood
// than drop a restriction. It keeps no state; a follow-up is read from the conversation.
package offline
