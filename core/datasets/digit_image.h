/* From a picture of a digit to what an MNIST-trained net expects. */
#pragma once

#include "core/graph/tensor.h"
#include <gio/gio.h>

/* Reads PNG or JPEG (at most 64 megapixels), turns it grey over white, and makes strokes bright on
 * dark (inverts when the border is bright). A picture of exactly width × height is used as it is;
 * any other is cropped to its ink, scaled so that it fits 20/28 of the size, and centred by its
 * centre of mass, as MNIST was made. Writes height × width values 0 … 1. Errors: no such file, not
 * a picture, no ink. */
gboolean digit_image_read(const char *path, int width, int height, real *pixels, GError **error);
