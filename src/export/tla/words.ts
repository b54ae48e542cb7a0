/** What no name may be in TLA+: its words, and what the module defines itself. */
export const RESERVED: readonly string[] = (
  "ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS DOMAIN ELSE ENABLED " +
  "EXCEPT EXTENDS FALSE HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL MODULE NEW OBVIOUS OMITTED ONLY OTHER PICK PROOF " +
  "PROPOSITION PROVE QED RECURSIVE SF_ STATE STRING SUBSET SUFFICES TAKE TEMPORAL THEN THEOREM TRUE UNCHANGED UNION USE " +
  "VARIABLE VARIABLES WF_ WITH WITNESS Int Nat Real Integers k me pc vars Init Next Spec Steps Goes Stays IsOver Over Finished not_stuck Fairness " +
  "TypeOK NULL"
).split(" ");

/** Names that begin so are about fairness. */
export const IS_FAIRNESS = /^[WS]F_/i;
