/* A folder with a lesson of one's own and data for it, small enough to train in no time: as a
 * teacher would make them. */
#pragma once

#include <glib.h>

typedef struct {
  char *folder;
  char *lesson; /* FOLDER/tiny: 12 × 12 pictures, "tiny" */
  char *data;   /* FOLDER/lines: 120 pictures to train with, 10 of them held out; 20 to test */
} Workshop;

Workshop *workshop_new(void);
void workshop_free(Workshop *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Workshop, workshop_free)

/* A path in the folder. Caller frees. */
char *workshop_path(const Workshop *self, const char *name);
/* The contents of a file in it; asserts that there is one. Caller frees. */
GBytes *workshop_read(const Workshop *self, const char *name);
/* A picture of a one, dark on white, 28 × 28. */
void workshop_draw_one(const char *path);
