/**
 * Something that the user gave is wrong: a flag, a file, an address. `message` says what is wrong, where it
 * stands (file:line or the flag), and how to mend it. The command line prints it and exits with 2.
 */
export class InputError extends Error {
  override readonly name = "InputError";
}
