#include "app/commands.h"

#include "app/numbers.h"
#include "core/formats/model_file.h"

#include <glib/gstdio.h>

int command_export(int argc, char **argv) {
  static const GOptionEntry NONE[] = {{NULL}};
  GError *error = NULL;
  int status;
  g_auto(GStrv) arguments = command_parse(argc, argv, NONE, 2, 2, &status);

  if (arguments == NULL)
    return status;
  g_autoptr(ModelFile) file = model_file_read(arguments[0], &error);
  if (file == NULL || !model_file_export(file, arguments[1], &error))
    return command_fail_error(error);
  GStatBuf info;
  g_autofree char *size =
      number_bytes(g_stat(arguments[1], &info) == 0 ? (guint64)info.st_size : 0);
  g_print("wrote %s (%s)\n", arguments[1], size);
  return COMMAND_DONE;
}
