/* Numbers as people read them, the same in every locale. */
#pragma once

#include <glib.h>

/* "41,200". Caller frees, as with all of these. */
char *number_count(guint64 n);
/* "0:07", "12:30", "1:02:03"; "-:--" for what is not finite or negative. */
char *number_duration(double seconds);
/* "11.6 MB", in powers of 1000. */
char *number_bytes(guint64 n);
