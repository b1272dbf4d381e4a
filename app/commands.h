/* The registry of commands: one declaration here, one line in commands.c. */
#pragma once

#include "app/command.h"

int command_lessons(int argc, char **argv);
int command_summary(int argc, char **argv);
int command_train(int argc, char **argv);
int command_predict(int argc, char **argv);
int command_export(int argc, char **argv);
int command_data(int argc, char **argv);
int command_bench(int argc, char **argv);
