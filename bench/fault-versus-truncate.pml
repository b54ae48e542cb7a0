/*
 * fault-versus-truncate.ts in Promela, step for step: each step of a path is one transition here, so that the number of
 * states is the same without partial order reduction, and the number of transitions but for the one that SPIN counts to
 * the initial state.
 *
 *	-DN=	faulters, 1 to 6
 *	-DP=	pages, 1 to 4
 *	-DANY	the truncater goes through the mms in any order, and not as they are listed
 */
#ifndef N
#define N 2
#endif
#ifndef P
#define P 1
#endif

byte isize = P;

/* struct page */
bool slot[P] = true;
bool locked[P];
bool mapping[P] = true;
byte refcount[P] = 1;
byte mapcount[P];

/* struct mm: pte is the number of a page plus one, or 0 for none */
bool ptl[N];
byte pte[N];

/* no PTE and no mapcount is left on a page without references */
#define CHECK(page)	assert(refcount[page] > 0 || mapcount[page] == 0)

/* one transition; a label may stand before it, as it may not before a d_step alone */
#define step(body)		if :: d_step { body } fi

#define spin_lock(mm)		step(!ptl[mm] -> ptl[mm] = true)
#define spin_unlock(mm)		ptl[mm] = false
#define add_rmap(page)		step(mapcount[page]++; CHECK(page))
#define remove_rmap(page)	step(assert(mapcount[page] > 0); mapcount[page]--)
#define PUT(page)		assert(refcount[page] > 0); refcount[page]--; CHECK(page)

/* With one page an index says nothing, and does not widen the state. */
#if P > 1
#define RESET	index = 0
#else
#define RESET	skip
#define index	0
#endif

active [N] proctype faulter()
{
#if P > 1
	byte index = 0;
pick:	if
	:: d_step { index = 0 }
	:: d_step { P > 1 -> index = 1 }
	:: d_step { P > 2 -> index = 2 }
	:: d_step { P > 3 -> index = 3 }
	fi;
#endif
size:	if
	:: index < isize
	:: d_step { index >= isize -> RESET } -> goto done
	fi;
lookup:	if
	:: slot[index]
	:: !slot[index] -> goto size
	fi;
	if	/* page_cache_get_speculative(page) */
	:: d_step { refcount[index] > 0 -> refcount[index]++ }
	:: refcount[index] == 0 -> goto lookup
	fi;
	if	/* still in the slot? */
	:: slot[index]
	:: !slot[index] -> goto put
	fi;
	if	/* trylock_page(page) */
	:: d_step { !locked[index] -> locked[index] = true }
	:: locked[index] -> goto put
	fi;
	if
	:: mapping[index]
	:: !mapping[index] -> goto unlock
	fi;
	if	/* under the page lock */
	:: index < isize
	:: index >= isize -> goto unlock
	fi;
	spin_lock(_pid);
	if
	:: pte[_pid] == 0
	:: pte[_pid] != 0 -> goto mapped
	fi;
	add_rmap(index);
	step(pte[_pid] = index + 1; assert(refcount[index] > 0));
	spin_unlock(_pid);
	locked[index] = false;

	/* later: zap what has been mapped */
	spin_lock(_pid);
	if
	:: d_step { pte[_pid] != 0 -> pte[_pid] = 0 }
	:: pte[_pid] == 0 -> goto gone
	fi;
	remove_rmap(index);
	spin_unlock(_pid);
put:	step(PUT(index); RESET);
again:
#if P > 1
	goto pick;
#else
	goto size;
#endif
gone:	step(ptl[_pid] = false; RESET);
	goto again;
mapped:	spin_unlock(_pid);
unlock:	locked[index] = false;
	goto put;
done:
end:	false
}

active proctype truncater()
{
#ifdef ANY
	byte mm = N;		/* none */
	byte unmapped = 0;	/* a bit for each mm */
#else
	byte mm = 0;
#endif
	byte zapped = 0;
	bool second_pass = false;
#if P > 1
	byte index = 0;
#endif

	isize = 0;
unmap:
#ifdef ANY
	if
	:: d_step { !(unmapped & 1) -> mm = 0 }
	:: d_step { N > 1 && !(unmapped & 2) -> mm = 1 }
	:: d_step { N > 2 && !(unmapped & 4) -> mm = 2 }
	:: d_step { N > 3 && !(unmapped & 8) -> mm = 3 }
	:: d_step { N > 4 && !(unmapped & 16) -> mm = 4 }
	:: d_step { N > 5 && !(unmapped & 32) -> mm = 5 }
	:: d_step { unmapped == (1 << N) - 1 -> unmapped = 0 } -> goto pass
	fi;
#endif
	spin_lock(mm);
	if
	:: d_step { pte[mm] != 0 -> zapped = pte[mm]; pte[mm] = 0 }
	:: pte[mm] == 0 -> goto rel
	fi;
	remove_rmap(zapped - 1);
rel:	spin_unlock(mm);
	if
	:: d_step { zapped != 0 -> PUT(zapped - 1); zapped = 0 }
	:: zapped == 0
	fi;
#ifdef ANY
	step(unmapped = unmapped | (1 << mm); mm = N);
	goto unmap;
#else
	if
	:: d_step { mm < N - 1 -> mm++ } -> goto unmap
	:: d_step { mm == N - 1 -> mm = 0 }
	fi;
#endif
pass:	if
	:: d_step { second_pass -> second_pass = false } -> goto clear
	:: !second_pass
	fi;
lock:	step(!locked[index] -> locked[index] = true);
	if
	:: d_step { mapcount[index] > 0 -> second_pass = true } -> goto unmap
	:: mapcount[index] == 0
	fi;
clear:	step(assert(mapcount[index] == 0); mapping[index] = false);
	slot[index] = false;
	locked[index] = false;
#if P > 1
	if
	:: d_step { index < P - 1 -> PUT(index); index++ } -> goto lock
	:: d_step { index == P - 1 -> PUT(index); index = 0 }
	fi;
#else
	step(PUT(index));
#endif
end:	false
}
