package llm

// RepairForTest repairs a body.
func RepairForTest(body []byte) []byte { return repair(body) }

// ExtrasForTest reads what a chat answer wants to see again.
func ExtrasForTest(body []byte) []byte { return chatExtras(body, 1) }

// OutputForTest reads the body of a Responses answer.
func OutputForTest(body []byte) error {
	_, err := readOutput(body, 1)
	return err
}
