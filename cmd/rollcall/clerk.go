package main

import "rollcall/proposal"

// clerk carries out what people click.
func (a *app) clerk() *proposal.Clerk {
	c := proposal.NewClerk(a.company().Proposals(), a.logger)
	c.Checkpoint = checkpoint()
	return c
}
