/* The contract of a panel: a view of named tensors or of the run.
 *
 * A panel is one const descriptor in one file of this folder, named in its meson.build; from there
 * the window frames it (title, help, export, copy, maximise, hide), the command line exports it and
 * the tests draw it, explain it and walk it by keyboard. It is pure: cairo in, no GTK. What a
 * pointer or a key does to it comes in as events; what it wants of its surroundings goes out
 * through its host.
 */
#pragma once

#include "core/session/session.h"
#include "ui/chart/canvas.h"

typedef struct Panel Panel;
typedef struct PanelClass PanelClass;

/* One number of the running model: what "why this number?" starts from and leads to. In the probe
 * graph: its tensor's name and flat index. */
#define TARGET_NAME 64
typedef struct {
  char tensor[TARGET_NAME]; /* "": none */
  gsize offset;
  gboolean gradient; /* of the loss with respect to it, instead of its value */
} Target;

/* What is under a point. */
typedef struct {
  Rect area;        /* outlined while the pointer is there */
  char text[256];   /* what it is and its value: "conv1[3, 14, 7] = 0.231"; "": nothing to say */
  Target target;    /* explains itself when clicked; tensor "": not a tensor's number */
  gboolean shown;   /* the panel itself shows the text: it is for those who do not see it */
  gboolean drawing; /* the target is of the learner's own picture, not of the pinned example */
} Hit;

/* What a panel may ask of whoever shows it. Functions may be NULL (command line, tests). */
typedef struct {
  gpointer data;
  void (*redraw)(gpointer data);                                 /* its looks have changed */
  void (*pin)(gpointer data, DatasetPart part, guint32 example); /* look at this example */
  /* The learner's own picture as what `drawing` in snapshots is of (28 × 28 …, the model's input),
   * NULL: none any more. Copied. */
  void (*draw_input)(gpointer data, const float *pixels);
  /* The learner did something that a goal can ask for: "draw_digit", "hover_window". */
  void (*did)(gpointer data, const char *what);
} PanelHost;

typedef enum {
  CONTROL_CHOICE,
  CONTROL_INTEGER,
  CONTROL_REAL,
  CONTROL_TOGGLE,
  CONTROL_BUTTON
} ControlKind;

/* An option of a panel; the frame makes a widget of it. Values are doubles: a choice's index, a
 * toggle's 0 or 1. */
typedef struct {
  const char *id, *label, *help; /* "smoothing", "Smoothing", one line */
  ControlKind kind;
  double minimum, maximum, step, initial;
  const char *const *choices; /* NULL-ended; CONTROL_CHOICE: static ones, or NULL and `list` */
  char **(*list)(const Panel *panel); /* choices that depend on the model; caller g_strfreevs */
} PanelControl;

#define PANEL_MAX_CONTROLS 8

typedef enum { POINTER_PRESS, POINTER_DRAG, POINTER_RELEASE, POINTER_DOUBLE } PointerKind;

struct PanelClass {
  const char *name;             /* "filters", as in lesson.json */
  const char *title;            /* "Filters" */
  const char *icon;             /* an icon name of the theme */
  const char *help;             /* what am I looking at? one line */
  const char *manual;           /* how to use it by pointer and keyboard; a sentence or two */
  gsize state_size;             /* of `state`, zeroed */
  int width, height;            /* of its drawing when nobody decides: export, command line */
  gboolean drags;               /* drags and scrolling belong to the panel (zoom, drawing) */
  const PanelControl *controls; /* ended by id NULL; may be NULL */

  void (*init)(Panel *self); /* may be NULL, like all below but draw and describe */
  void (*clear)(Panel *self);
  /* self->look has changed (never NULL then). Cheap work only: what costs goes into draw. */
  void (*update)(Panel *self);
  void (*draw)(Panel *self, const Canvas *canvas);
  /* What is at a point of a canvas of that size (canvas->cr measures only). FALSE: nothing. */
  gboolean (*hit)(Panel *self, const Canvas *canvas, double x, double y, Hit *hit);
  /* TRUE: it was meant for the panel and the click does not explain anything. */
  gboolean (*pointer)(Panel *self, const Canvas *canvas, PointerKind kind, double x, double y);
  gboolean (*scroll)(Panel *self, const Canvas *canvas, double x, double y, double dx, double dy,
                     gboolean zoom);
  /* The keyboard's cursor: step through what `hit` finds. (dx, dy) is -1, 0 or 1 cell; sets the
   * point of the cell it arrives at. FALSE: the panel has no cells. The first call enters. */
  gboolean (*move)(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y);
  /* Other keys, by GDK's names ("plus", "BackSpace", "z"); TRUE: used. */
  gboolean (*key)(Panel *self, const char *name, gboolean control);
  /* The place of a number in this panel: shows it if it can (scrolls, selects) and gives its area.
   * FALSE: it is not shown here. */
  gboolean (*locate)(Panel *self, const Canvas *canvas, const Target *target, Rect *area);
  void (*control)(Panel *self, const char *id,
                  double value); /* a control was changed, or pressed */
  gboolean (*control_sensitive)(const Panel *self, const char *id); /* NULL: always */
  /* The data behind it, for spreadsheets: header line, comma, numbers in the C locale. */
  void (*csv)(Panel *self, GString *text);
  /* What it shows now, in a sentence or two, for people who do not see it. Caller frees. */
  char *(*describe)(Panel *self);
};

struct Panel {
  const PanelClass *klass;
  const Lesson *lesson; /* borrowed, as all that follow */
  const Dataset *dataset;
  const Model *model;
  const char *tensor; /* what the lesson says it shows; may be NULL */
  PanelHost host;
  Snapshot *look; /* the newest it was given, with its reference; NULL before the first */
  double values[PANEL_MAX_CONTROLS]; /* of the controls, in order */
  double pointer_x, pointer_y;       /* where the pointer is; negative: not here */
  gpointer state;
};

/* All panels, in the order of ui/panels/meson.build, ended by NULL. */
extern const PanelClass *const PANELS[];
const PanelClass *panel_class_find(const char *name);

/* `host` is copied; NULL: none. */
Panel *panel_new(const PanelClass *klass, const Lesson *lesson, const Dataset *dataset,
                 const Model *model, const char *tensor, const PanelHost *host);
void panel_free(Panel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Panel, panel_free)

/* Gives it a newer look at the run. */
void panel_look(Panel *self, Snapshot *snapshot);
void panel_draw(Panel *self, const Canvas *canvas);
/* Fills *hit; FALSE with *hit cleared when nothing is there. */
gboolean panel_hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit);
/* The value of a control, and a change of it (clamped). `id` must exist. */
double panel_value(const Panel *self, const char *id);
void panel_set_value(Panel *self, const char *id, double value);
/* SVG, PDF, PNG (with title) or CSV by extension. */
gboolean panel_export(Panel *self, const char *path, const Theme *theme, GError **error);

/* --- for panels --- */

/* The tensor of that name in the probe it looks at; NULL when there is none (yet). */
const Tensor *panel_tensor(const Panel *self, const char *name);
void panel_redraw(Panel *self);
/* Appends "conv1[3, 14, 7]": without the batch's index, which is always 0 in a probe. */
void tensor_element_text(GString *text, const Tensor *tensor, gsize offset);
/* A hit on an element of a tensor: its text ("name[i, j] = value") and target. The batch dimension
 * is left out of the indices. */
void hit_tensor(Hit *self, const Tensor *tensor, gsize offset, gboolean gradient);
/* A hit that is only text. */
void hit_text(Hit *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
