// Package proposal is the only road by which a conversation changes the company. A tool
// drafts: it turns words into edits, which are tried and rolled back to see what would come
// of them, and are kept with the card that says so. Only a person's click, through a Clerk,
// commits: after checking again who may, whether the rows are still the same and whether
// the card still tells the truth. What was committed can be undone for a day.
package proposal
