#include "ui/window/renderer.h"

#include <dlfcn.h>
#include <gtk/gtk.h>
#include <string.h>

#define GL_RENDERER 0x1F01

/* The name of the GL in use; NULL: none. Its function comes from the library that GTK has loaded.
 */
static const char *gl_name(void) {
  typedef const unsigned char *(*GetString)(unsigned int name);
  static const char *const LIBRARIES[] = {"libGL.so.1", "libGLESv2.so.2", "libOpenGL.so.0"};

  for (guint i = 0; i < G_N_ELEMENTS(LIBRARIES); i++) {
    void *library = dlopen(LIBRARIES[i], RTLD_LAZY);
    GetString get_string = library != NULL ? (GetString)dlsym(library, "glGetString") : NULL;
    if (get_string != NULL)
      return (const char *)get_string(GL_RENDERER);
  }
  return NULL;
}

static gboolean by_software(GdkDisplay *display) {
  g_autoptr(GdkGLContext) context = gdk_display_create_gl_context(display, NULL);

  if (context == NULL || !gdk_gl_context_realize(context, NULL))
    return TRUE;
  gdk_gl_context_make_current(context);
  const char *name = gl_name();
  const gboolean software =
      name == NULL || strstr(name, "llvmpipe") != NULL || strstr(name, "softpipe") != NULL;
  gdk_gl_context_clear_current();
  return software;
}

void renderer_choose(void) {
  if (g_getenv("GSK_RENDERER") == NULL && by_software(gdk_display_get_default()))
    g_setenv("GSK_RENDERER", "cairo", TRUE);
}
