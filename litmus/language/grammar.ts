import { grammar } from 'ohm-js'

/** The language of litmus files; `docs/litmus.md` explains it. A rule in lower case is one word, without spaces. */
export const litmusGrammar = grammar(String.raw`
Litmus {
  Test = "DMA" name Setting* "{" Init* "}" Threads Row* Locations? quantifier Or end

  Setting = settingName settingWord+
  settingName (a setting) = ("platform" | "scope" | "parts" | "driver" | "design" | "lock") ~wordChar
  settingWord (a setting's value) = ~settingName (wordChar | "=" | ",")+

  Init = InitPages ";" -- pages
       | actor ":" Step ";" -- step
  InitPages = (range | number) side
  side (shared or private) = ("shared" | "private") ~wordChar

  Threads = NonemptyListOf<actor, "|"> ";"
  Row = ~quantifier ~"locations" NonemptyListOf<Cell, "|"> ";"
  Cell = Bound -- bound
       | Step -- step
       | &("|" | ";") -- empty
  Bound = register "=" Step
  Step = word Argument*
  Argument = word "=" Value -- named
           | Value -- plain
  Value = range | number | word

  Locations = "locations" "[" (Location ";"?)+ "]"
  Or = NonemptyListOf<And, "\\/">
  And = NonemptyListOf<Not, "/\\">
  Not = "~" Not -- not
      | "(" Or ")" -- group
      | Location ("!=" | "=") (number | word) -- is
      | "true" -- true
  Location = (actor ":")? word ("[" number "]")?

  quantifier (exists, forall or ~exists) = ("exists" | "forall" | negated) ~wordChar
  negated = "~" space* "exists"
  actor (a thread's name: P0, H0, D0 or U0) = ("P" | "H" | "D" | "U") digit ~wordChar
  register (a register) = "r" digit+ ~wordChar
  name (a name) = wordChar+
  word (a word) = ~quantifier ~"locations" alnum wordChar* (":" wordChar+)?
  number (a number) = digit+ ~wordChar
  range (a range) = digit+ ".." digit+ ~wordChar
  wordChar = alnum | "-" | "_" | "." | "/"
  space += comment
  comment = "(*" (comment | ~"*)" any)* "*)"
}`)
