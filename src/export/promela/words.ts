/** What no name may be in Promela, in the C that SPIN makes of it, and in the macros that it makes there. */
export const RESERVED: readonly string[] = [
  ...(
    "active assert atomic bit bool byte c_code c_decl c_expr c_state c_track chan cond_expr d_step do else empty enabled eval " +
    "false fi for full get_priority goto hidden if in init inline inp int len local ltl mtype mtype_only nempty never nfull " +
    "notrace od of outp pc_value pid print printf printm priority proctype provided release run select set_priority short " +
    "show skip sorted timeout trace true true typedef unless unsigned until always eventually weakuntil next implies " +
    "equivalent xr xs nr_pr last np global trans"
  ).split(" "),
  ...(
    "auto break case char const continue default do double else enum extern float for goto if inline int long register " +
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof unix " +
    "linux i386 uchar ushort uint ulong wasnew now main NULL EOF"
  ).split(" "),
];

/** SPIN takes labels that begin so for a place where a run may end, or must come past. */
export const MEANS_SOMETHING = /^(end|accept|progress)/i;

/** Names of macros in what SPIN makes: all in capitals, or counted. */
export const IS_MACRO = /^([A-Z0-9_]+|(max|min)seq\d+)$/;
