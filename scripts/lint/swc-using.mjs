// Teaches swc's own Visitor, by which dependency-cruiser reads our sources, the `using` declaration: its
// parser knows it, its visitor throws "Unknown statement type".
import swcVisitor from '@swc/core/Visitor.js';

const { prototype } = swcVisitor.Visitor ?? swcVisitor;
const { visitStatement } = prototype;

prototype.visitStatement = function visit(statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  return { ...statement, decls: this.visitVariableDeclarators(statement.decls) };
};
