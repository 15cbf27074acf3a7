"""What an operator can do, by whatever interface: verbs, their answers, the audit and the prompt. No sockets."""
