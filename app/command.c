#include "app/command.h"

#include "core/base/text.h"
#include <math.h>
#include <stdarg.h>
#include <string.h>

const Command *command_find(const char *name) {
  for (const Command *command = COMMANDS; command->name; command++)
    if (g_str_equal(command->name, name))
      return command;
  return NULL;
}

/* --- Messages --- */

/* One line, whatever stands in file names and errors, in letters the terminal has. */
static void print_line(const char *message) {
  g_autofree char *line = g_strdup(message);
  g_strdelimit(line, "\n\r", ' ');
  g_autofree char *shown = g_get_charset(NULL) ? g_strdup(line) : g_str_to_ascii(line, "C");
  g_printerr("bathyscope: %s\n", shown);
}

int command_fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  print_line(message);
  return COMMAND_FAILED;
}

int command_fail_error(GError *error) {
  command_fail("%s", error->message);
  g_error_free(error);
  return COMMAND_FAILED;
}

int command_misuse(const char *command, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  print_line(message);
  g_printerr("try bathyscope %s%s--help\n", command ? command : "", command ? " " : "");
  return COMMAND_USAGE;
}

/* --- Options --- */

static gboolean takes_value(const GOptionEntry *entry) { return entry->arg != G_OPTION_ARG_NONE; }

static const GOptionEntry *find_option(const GOptionEntry *entries, const char *name) {
  for (; entries->long_name; entries++)
    if (g_str_equal(entries->long_name, name))
      return entries;
  return NULL;
}

/* `given` with its dashes. */
static int unknown_option(const char *command, const GOptionEntry *entries, const char *given) {
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (; entries->long_name; entries++)
    g_ptr_array_add(names, g_strconcat("--", entries->long_name, NULL));
  g_ptr_array_add(names, g_strdup("--help"));
  g_ptr_array_add(names, NULL);
  g_autofree char *suggestion = text_suggest(given, (const char *const *)names->pdata);
  return command_misuse(command, "%s has no option ‘%s’%s", command, given, suggestion);
}

/* Looks at argv[*i], steps over an option's value. What GOption would say about these mistakes is
 * neither ours nor in one language. */
static int check_argument(char **argv, int *i, const GOptionEntry *entries) {
  const char *command = argv[0], *argument = argv[*i];
  if (argument[0] != '-' || argument[1] == '\0')
    return COMMAND_DONE;
  if (argument[1] != '-') {
    return command_misuse(command, "%s has no option ‘%s’: options are written out", command,
                          argument);
  }
  const char *equals = strchr(argument, '=');
  g_autofree char *option = equals ? g_strndup(argument, equals - argument) : g_strdup(argument);
  const GOptionEntry *entry = find_option(entries, option + 2);
  if (!entry)
    return unknown_option(command, entries, option);
  if (equals && !takes_value(entry))
    return command_misuse(command, "%s takes no value", option);
  if (!equals && takes_value(entry) && !argv[++*i]) {
    return command_misuse(command, "%s needs a value: %s %s", option, option,
                          entry->arg_description ? entry->arg_description : "VALUE");
  }
  return COMMAND_DONE;
}

static void print_help(const char *command, const GOptionEntry *entries) {
  const Command *self = command_find(command);
  g_print("usage: bathyscope %s%s%s\n", command, self && *self->arguments ? " " : "",
          self ? self->arguments : "");
  g_print("%s\n\n", self ? self->help : "");
  for (; entries->long_name; entries++) {
    const char *value = entries->arg_description;
    g_autofree char *option =
        g_strdup_printf("--%s%s%s", entries->long_name, value ? " " : "", value ? value : "");
    g_print("  %-22s %s\n", option, entries->description ? entries->description : "");
  }
  g_print("  %-22s %s\n", "--help", "print this");
}

/* TRUE when the options are in order and --help was not among them. */
static gboolean check_options(char **argv, const GOptionEntry *entries, int *status) {
  for (int i = 1; argv[i]; i++) {
    if (g_str_equal(argv[i], "--"))
      break;
    if (g_str_equal(argv[i], "--help") || g_str_equal(argv[i], "-h")) {
      print_help(argv[0], entries);
      *status = COMMAND_DONE;
      return FALSE;
    }
    *status = check_argument(argv, &i, entries);
    if (*status != COMMAND_DONE)
      return FALSE;
  }
  return TRUE;
}

/* Takes the options out of *arguments, and the command's name. */
static gboolean parse_options(char ***arguments, const GOptionEntry *entries, GError **error) {
  GOptionContext *context = g_option_context_new(NULL);
  g_option_context_set_help_enabled(context, FALSE);
  g_option_context_add_main_entries(context, entries, NULL);
  gboolean parsed = g_option_context_parse_strv(context, arguments, error);
  g_option_context_free(context);
  return parsed;
}

char **command_parse(int argc, char **argv, const GOptionEntry *entries, int minimum, int maximum,
                     int *status) {
  g_return_val_if_fail(argc >= 1 && entries && status, NULL);
  if (!check_options(argv, entries, status))
    return NULL;
  const char *command = argv[0];
  g_auto(GStrv) parsed = g_strdupv(argv);
  g_autoptr(GError) error = NULL;
  if (!parse_options(&parsed, entries, &error)) {
    *status = command_misuse(command, "%s", error->message);
    return NULL;
  }
  char **rest = parsed + 1;
  if (*rest && g_str_equal(*rest, "--"))
    rest++;
  int count = g_strv_length(rest);
  if (count < minimum) {
    *status = command_misuse(command, "something is missing: bathyscope %s %s", command,
                             command_find(command)->arguments);
    return NULL;
  }
  if (count > maximum) {
    *status = command_misuse(command, "%s: ‘%s’ is one argument too many", command, rest[maximum]);
    return NULL;
  }
  return g_strdupv(rest);
}

/* --- Numbers --- */

/* "from 1 to 10", "of at least 1", "of at most 10" or nothing, with a blank before. */
static char *describe_range(const char *minimum, const char *maximum) {
  if (minimum && maximum)
    return g_strdup_printf(" from %s to %s", minimum, maximum);
  if (minimum)
    return g_strdup_printf(" of at least %s", minimum);
  return maximum ? g_strdup_printf(" of at most %s", maximum) : g_strdup("");
}

gboolean command_integer(const char *command, const char *option, const char *text, gint64 minimum,
                         gint64 maximum, gint64 *value) {
  gint64 given;
  if (!text)
    return TRUE;
  if (text_to_integer(text, &given) && given >= minimum && given <= maximum) {
    *value = given;
    return TRUE;
  }
  g_autofree char *low = g_strdup_printf("%" G_GINT64_FORMAT, minimum);
  g_autofree char *high = g_strdup_printf("%" G_GINT64_FORMAT, maximum);
  g_autofree char *range =
      describe_range(minimum > G_MININT64 ? low : NULL, maximum < G_MAXINT64 ? high : NULL);
  command_misuse(command, "%s takes a whole number%s, not ‘%s’", option, range, text);
  return FALSE;
}

gboolean command_real(const char *command, const char *option, const char *text, double minimum,
                      double maximum, double *value) {
  double given;
  if (!text)
    return TRUE;
  if (text_to_real(text, &given) && given >= minimum && given <= maximum) {
    *value = given;
    return TRUE;
  }
  char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd(low, sizeof low, "%g", minimum);
  g_ascii_formatd(high, sizeof high, "%g", maximum);
  g_autofree char *range =
      describe_range(isfinite(minimum) ? low : NULL, isfinite(maximum) ? high : NULL);
  command_misuse(command, "%s takes a number%s, not ‘%s’", option, range, text);
  return FALSE;
}
