/* CIFAR-10's binary files: records of one label and 32 × 32 pixels, first all red, then green, then
 * blue (Krizhevsky, "Learning multiple layers of features from tiny images", 2009). */
#pragma once

#include <gio/gio.h>

#define CIFAR_SIDE 32
#define CIFAR_CHANNELS 3
#define CIFAR_PIXELS (CIFAR_SIDE * CIFAR_SIDE * CIFAR_CHANNELS)
#define CIFAR_RECORD (1 + CIFAR_PIXELS)
#define CIFAR_CLASSES 10

/* Checks whole records with labels 0 … 9. Gives how many there are; 0 and an error that names the
 * byte where something is wrong. */
guint32 cifar_check(GBytes *bytes, const char *name, GError **error);
/* Copies all records of what was checked: labels (n) and pixels (n, 32, 32, 3). */
void cifar_copy(GBytes *bytes, guint8 *labels, guint8 *pixels);
