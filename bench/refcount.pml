/*
 * examples/recipes/refcount.ts in Promela. What slab() and RCU are there is written by hand here: when the object is freed, who
 * has to be waited for, and before each use of the object that it is not freed.
 *
 *	-DINC	refcount_inc() in place of refcount_inc_not_zero()
 */
byte refs = 1;
bool slot = true;	/* it points at the object, or is NULL */
bool reading, waiting, freed;

#define USE	assert(!freed)

active proctype lookup()
{
	bool obj;

	reading = true;				/* rcu_read_lock() */
	d_step { obj = slot };			/* rcu_dereference(slot) */
	if
	:: !obj -> goto unlock
	:: else
	fi;
#ifdef INC
	d_step { USE; refs++ };
#else
	d_step { USE; if :: refs > 0 -> refs++ :: else -> obj = false fi };
#endif
unlock:	if				/* rcu_read_unlock() */
	:: d_step {
		reading = false;
		if :: waiting -> waiting = false; freed = true :: else fi
	}
	fi;
	if
	:: obj -> USE				/* use obj->data */
	:: else
	fi
}

active proctype put()
{
	bool last;

	d_step { USE; refs--; last = (refs == 0) };	/* refcount_dec_and_test() */
	if
	:: last ->
		slot = false;
		d_step {			/* kfree_rcu(obj) */
			assert(!freed && !waiting);
			if :: reading -> waiting = true :: else -> freed = true fi
		}
	:: else
	fi
}
