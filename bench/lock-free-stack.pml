/*
 * examples/recipes/lock-free-stack.ts in Promela: a node is its number, 0 is NULL, and memory is an array.
 *
 *	-DPOP	the other CPU takes one node by cmpxchg(), and not all of them by xchg()
 */
byte next[3];
byte first = 1, kept;
byte running = 2;

init {
	atomic {
		next[1] = 2;
		run requeue();
		run take()
	};
	running == 0;
	assert(kept == 0 || kept != first)	/* what one CPU has kept is not in the stack */
}

proctype requeue()
{
	byte entry;

	d_step { entry = first; first = 0 };	/* xchg(&head->first, NULL) */
	if
	:: entry == 0 -> goto out
	:: else
	fi;
	kept = next[entry];
	next[entry] = 0;
	d_step {				/* try_cmpxchg(&head->first, NULL, entry) */
		if :: first == 0 -> first = entry :: else fi
	};
out:	running--
}

proctype take()
{
#ifdef POP
	byte entry, after;

	entry = first;				/* smp_load_acquire(&head->first) */
	if
	:: entry == 0 -> goto out
	:: else
	fi;
	after = next[entry];
	d_step {				/* try_cmpxchg(&head->first, entry, next) */
		if :: first == entry -> first = after :: else fi
	};
out:
#else
	first = 0;				/* xchg(&head->first, NULL) */
#endif
	running--
}
