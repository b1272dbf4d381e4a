/* A lesson's text, page.md: CommonMark with formulas, numbers that are checked or live, and blocks
 * that lead through the laboratory. data/lessons/README.md is its grammar.
 *
 * Read once into a tree that the window makes widgets of. What names something in the lesson (a
 * panel, a preset, a goal, a hyperparameter) is checked here.
 */
#pragma once

#include "core/lesson/lesson.h"

typedef enum {
  RUN_TEXT,
  RUN_CODE,
  RUN_FORMULA, /* TeX */
  RUN_VALUE,   /* an expression whose value now is shown */
  RUN_CHECKED, /* a text, beside the expression it is the value of */
} PageRunKind;

/* A stretch of a line. */
typedef struct {
  PageRunKind kind;
  gboolean emphasis, strong;
  char *text;       /* the text, the code, the TeX; of RUN_VALUE NULL */
  char *expression; /* of RUN_VALUE and RUN_CHECKED; else NULL */
  char *link;       /* where it leads; NULL: nowhere */
} PageRun;

typedef enum {
  PAGE_HEADING,   /* level 3 and below: `level` */
  PAGE_PARAGRAPH, /* runs */
  PAGE_LIST,      /* children: items */
  PAGE_ITEM,      /* children */
  PAGE_QUOTE,     /* children */
  PAGE_RULE,
  PAGE_CODE,   /* text; info: "c", "python", "text" */
  PAGE_MATH,   /* text: TeX; info: spoken words, or NULL */
  PAGE_VALUES, /* fields: label and expression */
  PAGE_TRY,    /* fields: title, do, set, preset, says */
  PAGE_GOAL,   /* fields: id, or title with did or when; `name` is how it is remembered */
  PAGE_LOOK,   /* fields: panel, title, control */
  PAGE_QUIZ,   /* fields: question, right, wrong, because; `name` is how it is remembered */
  PAGE_SOURCE, /* fields: file, function; text: the Keras code to stand beside it, or NULL */
} PageBlockKind;

typedef struct {
  char *key, *value;
  int line;
} PageField;

typedef struct {
  PageBlockKind kind;
  int line;
  int level;           /* of headings; of ordered lists the first number, of others 0 */
  GPtrArray *runs;     /* PageRun; NULL where there are none */
  GPtrArray *children; /* PageBlock; NULL */
  GArray *fields;      /* PageField; NULL */
  char *text, *info, *name;
} PageBlock;

typedef struct {
  char *id, *title;
  GPtrArray *blocks; /* PageBlock */
} PageStep;

typedef struct {
  GPtrArray *steps; /* PageStep, at least one */
} Page;

/* Reads page.md in the lesson's folder. Errors name the file, the line, what is wrong and what
 * would be right. */
Page *page_open(const Lesson *lesson, GError **error);
/* The same from memory; `name` is used in errors. */
Page *page_parse(const char *text, gsize size, const char *name, const Lesson *lesson,
                 GError **error);
void page_free(Page *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Page, page_free)

/* The first value of that key; NULL: none. */
const char *page_field(const PageBlock *self, const char *key);
/* A formula's spoken words, or its TeX where it has none. */
const char *page_spoken(const PageBlock *self);

/* What the learner can have done, for goals: NULL-ended. */
extern const char *const PAGE_DEEDS[];
/* What a `try` can do: NULL-ended. */
extern const char *const PAGE_ACTIONS[];

/* Calls func for every block of a step, nested ones too. */
void page_foreach(const PageStep *step, void (*func)(const PageBlock *block, gpointer data),
                  gpointer data);
