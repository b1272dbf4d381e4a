/* A lesson's page: one step at a time, with what it lets one try, look at and answer.
 *
 * Actions: page.next, page.previous.
 */
#pragma once

#include "core/session/page_values.h"
#include "ui/page/page_host.h"

#include <gtk/gtk.h>

#define BATHY_TYPE_PAGE_VIEW (bathy_page_view_get_type())
G_DECLARE_FINAL_TYPE(BathyPageView, bathy_page_view, BATHY, PAGE_VIEW, GtkWidget)

/* `host` is copied. */
GtkWidget *bathy_page_view_new(const PageHost *host);
/* Shows a page at a step. Borrowed until the next one, NULL: none. */
void bathy_page_view_show(BathyPageView *self, const Lesson *lesson, const Page *page, guint step);
const Page *bathy_page_view_get_page(BathyPageView *self);
guint bathy_page_view_get_step(BathyPageView *self);
void bathy_page_view_go(BathyPageView *self, guint step);
/* Asks for live numbers again; only what is shown. */
void bathy_page_view_update(BathyPageView *self);
/* Goals or answers have changed. */
void bathy_page_view_refresh_goals(BathyPageView *self);
