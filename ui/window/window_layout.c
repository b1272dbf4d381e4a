/* What the window is made of. */
#include "ui/window/window_private.h"

#include "ui/widgets/buttons.h"

#define SIDEBAR_WIDTH 240

/* --- header bar --- */

static GMenuModel *menu_new(void) {
  GMenu *menu = g_menu_new();
  g_autoptr(GMenu) files = g_menu_new(), export = g_menu_new(), program = g_menu_new();

  g_menu_append(files, "Open run…", "win.open");
  g_menu_append(files, "Save run as…", "win.save-run");
  g_menu_append(export, "Panel…", "win.export-panel");
  g_menu_append(export, "All panels…", "win.export-all");
  g_menu_append(export, "Model…", "win.export-model");
  g_menu_append(export, "History…", "win.export-history");
  g_menu_append_submenu(files, "Export", G_MENU_MODEL(export));
  g_menu_append(program, "Preferences", "win.preferences");
  g_menu_append(program, "Keyboard shortcuts", "win.show-help-overlay");
  g_menu_append(program, "About Bathyscope", "win.about");
  g_menu_append_section(menu, NULL, G_MENU_MODEL(files));
  g_menu_append_section(menu, NULL, G_MENU_MODEL(program));
  return G_MENU_MODEL(menu);
}

static GtkWidget *toggle_new(const char *icon, const char *label, const char *action) {
  GtkWidget *button = gtk_toggle_button_new();

  gtk_button_set_icon_name(GTK_BUTTON(button), icon);
  widget_set_name(button, label);
  gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
  return button;
}

static GtkWidget *page_button(const char *label, const char *target) {
  GtkWidget *button = gtk_toggle_button_new_with_label(label);

  gtk_actionable_set_action_name(GTK_ACTIONABLE(button), "win.page");
  gtk_actionable_set_action_target(GTK_ACTIONABLE(button), "s", target);
  return button;
}

/* Title where both pages are seen, else the choice between them. */
static GtkWidget *titles_new(BathyWindow *self) {
  GtkWidget *switcher = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

  self->titles = GTK_STACK(gtk_stack_new());
  self->title = ADW_WINDOW_TITLE(adw_window_title_new("Bathyscope", NULL));
  self->lesson_button = page_button("Lesson", "lesson");
  self->laboratory_button = page_button("Laboratory", "laboratory");
  gtk_widget_add_css_class(switcher, "linked");
  gtk_box_append(GTK_BOX(switcher), self->lesson_button);
  gtk_box_append(GTK_BOX(switcher), self->laboratory_button);
  gtk_widget_set_halign(switcher, GTK_ALIGN_CENTER);
  gtk_widget_set_valign(switcher, GTK_ALIGN_CENTER);
  gtk_stack_add_named(self->titles, GTK_WIDGET(self->title), "title");
  gtk_stack_add_named(self->titles, switcher, "switcher");
  return GTK_WIDGET(self->titles);
}

static GtkWidget *header_new(BathyWindow *self) {
  GtkWidget *bar = adw_header_bar_new(), *menu = gtk_menu_button_new();
  g_autoptr(GMenuModel) model = menu_new();

  gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(menu), "open-menu-symbolic");
  gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(menu), model);
  gtk_menu_button_set_primary(GTK_MENU_BUTTON(menu), TRUE);
  widget_set_name(menu, "Main menu");
  adw_header_bar_pack_start(
      ADW_HEADER_BAR(bar), toggle_new("sidebar-show-symbolic", "List of days (F9)", "win.sidebar"));
  adw_header_bar_pack_end(ADW_HEADER_BAR(bar), menu);
  adw_header_bar_pack_end(
      ADW_HEADER_BAR(bar),
      toggle_new("preferences-other-symbolic", "Hyperparameters (Ctrl+H)", "win.hyperparameters"));
  adw_header_bar_set_title_widget(ADW_HEADER_BAR(bar), titles_new(self));
  return bar;
}

/* --- what is below --- */

static GtkWidget *loading_new(void) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12), *spinner = gtk_spinner_new();

  gtk_spinner_set_spinning(GTK_SPINNER(spinner), TRUE);
  gtk_widget_set_size_request(spinner, 32, 32);
  gtk_box_append(GTK_BOX(box), spinner);
  gtk_box_append(GTK_BOX(box), gtk_label_new("Opening the lesson and its data…"));
  gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
  gtk_widget_set_halign(box, GTK_ALIGN_CENTER);
  return box;
}

static GtkWidget *trouble_new(BathyWindow *self) {
  GtkWidget *retry = gtk_button_new_with_label("Try again");

  self->trouble = ADW_STATUS_PAGE(adw_status_page_new());
  adw_status_page_set_icon_name(self->trouble, "dialog-warning-symbolic");
  adw_status_page_set_title(self->trouble, "This lesson could not be opened");
  gtk_actionable_set_action_name(GTK_ACTIONABLE(retry), "win.retry");
  gtk_widget_add_css_class(retry, "pill");
  gtk_widget_set_halign(retry, GTK_ALIGN_CENTER);
  adw_status_page_set_child(self->trouble, retry);
  return GTK_WIDGET(self->trouble);
}

static GtkWidget *main_new(BathyWindow *self) {
  GtkWidget *lesson = window_page_new(self);

  self->laboratory = BATHY_LABORATORY(bathy_laboratory_new(self->lab, self->state));
  self->panes = BATHY_PANES(bathy_panes_new(lesson, GTK_WIDGET(self->laboratory)));
  return GTK_WIDGET(self->panes);
}

static GtkWidget *split_new(BathyWindow *self) {
  self->split = GTK_PANED(gtk_paned_new(GTK_ORIENTATION_HORIZONTAL));
  self->days = BATHY_DAY_LIST(bathy_day_list_new(self->lessons));
  self->sidebar = GTK_WIDGET(self->days);
  self->stack = GTK_STACK(gtk_stack_new());
  gtk_stack_add_named(self->stack, loading_new(), "loading");
  gtk_stack_add_named(self->stack, trouble_new(self), "trouble");
  gtk_stack_add_named(self->stack, main_new(self), "main");
  gtk_widget_set_size_request(self->sidebar, 160, -1);
  gtk_paned_set_start_child(self->split, self->sidebar);
  gtk_paned_set_end_child(self->split, GTK_WIDGET(self->stack));
  gtk_paned_set_resize_start_child(self->split, FALSE);
  gtk_paned_set_shrink_start_child(self->split, FALSE);
  gtk_paned_set_shrink_end_child(self->split, FALSE);
  gtk_paned_set_position(self->split,
                         bathy_state_get_int(self->state, "window", "sidebar", SIDEBAR_WIDTH));
  gtk_widget_set_vexpand(GTK_WIDGET(self->split), TRUE);
  return GTK_WIDGET(self->split);
}

void window_build(BathyWindow *self) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

  self->toasts = ADW_TOAST_OVERLAY(adw_toast_overlay_new());
  self->transport = bathy_transport_new(self->lab);
  adw_toast_overlay_set_child(self->toasts, split_new(self));
  gtk_box_append(GTK_BOX(box), header_new(self));
  gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->toasts));
  gtk_box_append(GTK_BOX(box), self->transport);
  adw_application_window_set_content(ADW_APPLICATION_WINDOW(self), box);
}
