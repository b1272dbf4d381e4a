/* How long threads wait for each other before they sleep. */
#pragma once

/* GCC's OpenMP lets a thread that waits burn its core for milliseconds. Where another program wants
 * the cores as well, that is time the thread it waits for does not get: measured with both cores of
 * two in use elsewhere, training took thirty times as long. The runtime reads its limit from the
 * environment when it is loaded, so this sets it and starts the program anew, once, before anything
 * is done; a limit that the user has set stays. */
void patience_limit(char **argv);
