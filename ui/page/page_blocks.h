/* The blocks of a page as widgets: private to ui/page. */
#pragma once

#include "ui/page/page_view.h"

/* What the blocks of the step that is shown share. */
typedef struct {
  PageHost host;
  const Lesson *lesson;
  GPtrArray *texts;  /* BathyRichText with live numbers; borrowed */
  GPtrArray *values; /* GtkLabel with "expression"; borrowed */
  GPtrArray *goals;  /* the widgets of goals, with "goal"; borrowed */
} PageBlocks;

GtkWidget *page_block_widget(PageBlocks *self, const PageBlock *block);
/* Appends the widgets of blocks to a column; buttons that look somewhere share a line. */
void page_blocks_fill(PageBlocks *self, GtkWidget *column, const GPtrArray *blocks);
/* page_practice.c: try, goal, look and quiz. */
GtkWidget *page_try_widget(PageBlocks *self, const PageBlock *block);
GtkWidget *page_goal_widget(PageBlocks *self, const PageBlock *block);
GtkWidget *page_look_widget(PageBlocks *self, const PageBlock *block);
GtkWidget *page_quiz_widget(PageBlocks *self, const PageBlock *block);
/* Shows a goal as reached or not. */
void page_goal_refresh(PageBlocks *self, GtkWidget *goal);
/* page_code.c */
GtkWidget *page_code_widget(const char *text, const char *language);
GtkWidget *page_source_widget(PageBlocks *self, const PageBlock *block);
